/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* world.h - a client's engine, a server, and all that may happen to them
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The server decides nothing by chance: wherever it has a choice it asks
 * world_choose(), and explore.c walks through all answers. It keeps its own
 * truth, which is compared in the end with what the program is told.
 */
#ifndef WORLD_H
#define WORLD_H

#include "program.h"

enum { MESSAGES = 2, RECIPIENTS = 2, CHOICES = 512 };

/* What does not change while the dialogues of one setting are walked. */
struct setting {
	const char *name;
	const char *hello;  /* keywords before TLS, separated by commas */
	const char *secure; /* inside TLS; NULL: the same */
	enum smtpx_tls tls;
	const char *logins; /* mechanisms of ours; NULL: none */
	bool login_required;
	bool minimal, all_or_none, lmtp;
	bool sticky; /* a refused chunk leaves the transaction open */
	int budget;  /* how many answers may be other than the first */
};

/* What the server did with one recipient. */
struct truth {
	int took;     /* how often it took responsibility */
	bool said;    /* and a reply that says so is under way */
	bool told;    /* and the client has got that reply */
	bool refused; /* it, its sender or its message, by 5yz */
	bool ended;   /* the end of its content was sent */
};

enum death { ALIVE, CLOSED, BROKEN, SILENT };

struct peer {
	bool started, secured, known, quitting;
	bool pipelining, chunking;
	bool open;   /* MAIL was accepted */
	int message; /* whose MAIL it was, by its sender */
	bool accepted[MESSAGES][RECIPIENTS];
	bool named[MESSAGES][RECIPIENTS]; /* by RCPT, whatever the answer */
	size_t asked, taken;              /* RCPT commands of the transaction */
	bool data, chunk, last_chunk, bad_chunk;
	size_t chunk_left;
	int login; /* steps of AUTH LOGIN behind us */
	struct buf in, out, content;
	size_t owed;        /* replies in out */
	int last_verb;      /* of the client */
	bool last_complete; /* AUTH with its initial response */
	enum death death;
};

struct world {
	const struct setting *setting;
	struct program program;
	struct engine *engine;
	struct peer server;
	struct truth truth[MESSAGES][RECIPIENTS];
	struct smtp_message *message[MESSAGES];
	struct smtp_recipient *recipient[MESSAGES][RECIPIENTS];
	bool open;          /* the program is open.c's */
	int current, given; /* its message, and recipients of that */
	int connection;
	bool octets; /* everything octet by octet */
	/* Of what the client says: the octets that it said before it had the
	 * last reply. They are still to come. */
	size_t unaware;
	/* A reply too many within a group: all that follow are taken for
	 * those of other commands, and nothing can be said of verdicts. */
	bool confused;
	const char *broken; /* the property that does not hold */
	unsigned char pick[CHOICES], of[CHOICES];
	size_t length, at;
	/* What the client says to whom: kept for the one who reads a failure.
	 */
	struct buf story;
	unsigned long steps;
};

/* Alternatives 0 .. n - 1; 0 is what a good server does. */
int world_choose(struct world *w, int n);
void world_break(struct world *w, const char *property);
void world_tell(struct world *w, const char *who, const void *text, size_t n);

/* open.c */
/* All messages and recipients in their lists again. */
void open_attach(struct world *w);
void open_begin(struct world *w);
void open_end(struct world *w);
/* The engine is paused: the program's turn. */
void open_step(struct world *w);

/* server.c */
/* The client knew all replies when it said what is here now. */
bool server_is_known(const struct world *w);
void server_begin(struct world *w);
void server_end(struct world *w);
void server_receive(struct world *w, const unsigned char *octets, size_t n);
void server_secure(struct world *w);
/* All replies until now have reached the client. */
void server_delivered(struct world *w);

/* server_mail.c: the transaction */
enum verb {
	VERB_NONE,
	VERB_EHLO,
	VERB_STARTTLS,
	VERB_AUTH,
	VERB_MAIL,
	VERB_RCPT,
	VERB_DATA,
	VERB_BODY,
	VERB_BDAT,
	VERB_RSET,
	VERB_QUIT
};
void server_reply(struct world *w, const char *text);
void server_dies(struct world *w, enum death how);
void server_mail(struct world *w, const char *line);
void server_rcpt(struct world *w, const char *line);
void server_data(struct world *w);
void server_bdat(struct world *w, const char *line);
void server_rset(struct world *w);
/* Takes content from in; false: it wants more octets first. */
bool server_content(struct world *w);

/* The texts of the messages, and their addresses. */
extern const char *const world_texts[MESSAGES];
extern const char *const world_senders[MESSAGES];
extern const char *const world_mailboxes[MESSAGES][RECIPIENTS];

#endif
