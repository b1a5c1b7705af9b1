/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * script.h - the rules by which the test server misbehaves
 *
 * A rule names an event (a command that arrived, the greeting, the end of
 * content ...), conditions, and a list of actions that stand in place of the
 * server's own reply.  The grammar is in README.md. */

#ifndef TESTS_SERVER_SCRIPT_H
#define TESTS_SERVER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum script_event {
	EVENT_ACCEPT, /* connected, nothing sent */
	EVENT_GREETING,
	EVENT_EHLO,
	EVENT_HELO,
	EVENT_LHLO,
	EVENT_STARTTLS,
	EVENT_HANDSHAKE, /* before the TLS handshake */
	EVENT_SECURED,   /* behind the TLS handshake */
	EVENT_AUTH,      /* the AUTH command */
	EVENT_CHALLENGE, /* a 334 is about to be sent */
	EVENT_RESPONSE,  /* a line came that answers a scripted 334 */
	EVENT_AUTHOK,    /* 235 is about to be sent */
	EVENT_AUTHFAIL,  /* 535 is about to be sent */
	EVENT_MAIL,
	EVENT_RCPT,
	EVENT_DATA,
	EVENT_BDAT,     /* a chunk but the last has arrived */
	EVENT_CONTENT,  /* content is arriving, see script_rule.at */
	EVENT_EOD,      /* content is complete: final dot or BDAT LAST */
	EVENT_DELIVERY, /* LMTP: one reply a recipient */
	EVENT_RSET,
	EVENT_NOOP,
	EVENT_VRFY,
	EVENT_EXPN,
	EVENT_HELP,
	EVENT_ETRN,
	EVENT_QUIT,
	EVENT_OTHER, /* any other command */
	EVENTS
};

enum script_act {
	ACT_REPLY,       /* text, CRLF is added */
	ACT_RAW,         /* octets in place of the reply */
	ACT_INJECT,      /* octets behind the reply */
	ACT_DEFAULT,     /* the server's own reply, here */
	ACT_SILENT,      /* no reply */
	ACT_AS,          /* go on as if this code had been replied */
	ACT_SPLIT,       /* number octets a segment, other: ms */
	ACT_CLOSE_AFTER, /* number octets of the reply, then drop */
	ACT_DELAY,       /* number ms */
	ACT_STALL,       /* number ms, or for ever */
	ACT_FLUSH,
	ACT_DROP, /* FIN without close_notify */
	ACT_RST,
	ACT_CLOSE,     /* close_notify and FIN */
	ACT_REPEAT,    /* octets, number times, 0: for ever */
	ACT_GARBLE,    /* the own reply's length in noise */
	ACT_CHALLENGE, /* 334 with the text in base64 */
	ACT_WIRE,      /* octets below TLS */
	ACT_REHANDSHAKE,
	ACT_KEYUPDATE
};

struct script_action {
	enum script_act act;
	char *text;
	size_t len;
	long number; /* -1: not given */
	long other;
};

struct script_rule {
	enum script_event event;
	unsigned long conn; /* 0: every connection */
	unsigned long message;
	unsigned long first; /* ordinals of the event */
	unsigned long last;
	size_t at;  /* EVENT_CONTENT: octets that have arrived */
	int secure; /* -1: either, 0: in clear only, 1: under TLS only */
	char *like; /* the line contains this, or NULL */
	struct script_action *actions;
	size_t actions_n;
};

struct script {
	struct script_rule *rules;
	size_t n;
};

/* What one event is: which rule applies depends on all of it. */
struct script_moment {
	enum script_event event;
	unsigned long conn;
	unsigned long message;
	unsigned long ordinal;
	bool secure;
	const char *line; /* may be NULL */
	size_t had;       /* content octets before and with this arrival */
	size_t have;
};

/* Adds one rule; an empty line and a comment add none.  false: a mistake,
 * explained on stderr.  script_load() adds every line of a file. */
bool script_add(struct script *script, const char *text);
bool script_load(struct script *script, const char *path);

/* The first rule that applies, or NULL. */
const struct script_rule *script_find(
    const struct script *script, const struct script_moment *moment);

void script_release(struct script *script);

#endif
