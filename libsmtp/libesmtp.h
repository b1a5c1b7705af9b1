/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * libesmtp.h - the public API: names, numbers and meaning of libESMTP.
 *
 * Programs written for libESMTP 1.0.6 to 1.1.0 compile and run over it
 * unchanged.  Functions return non-zero (or a pointer) when they succeed;
 * 0 or NULL means that smtp_errno() says why.  Strings given to the library
 * are copied; strings it returns belong to the object they were asked of.
 * A session, and all that hangs below it, is used by one thread at a time.
 * What this project adds to the API stands in smtpx.h.
 */
#ifndef _libesmtp_h
#define _libesmtp_h

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct smtp_session *smtp_session_t;
typedef struct smtp_message *smtp_message_t;
typedef struct smtp_recipient *smtp_recipient_t;
typedef struct smtp_etrn_node *smtp_etrn_node_t;

/* What to ask smtp_version() for. */
enum { Ver_VERSION = 0, Ver_SO_VERSION = 1, Ver_LT_VERSION = 2 };

/* Writes the version selected by what (Ver_*) into buf, len octets with the
 * terminating NUL.  Too small a buffer or an unknown what: 0, INVAL. */
int smtp_version(void *buf, size_t len, int what);

/*
 * Sessions, messages, recipients
 */

/* A new session with the default time-outs; smtp_destroy_session() frees
 * it.  NULL when memory is short. */
smtp_session_t smtp_create_session(void);

/* Frees the session and all that hangs below it, calling the release hooks
 * of application data.  The authentication context stays the caller's. */
int smtp_destroy_session(smtp_session_t session);

/* A new message at the end of the session, which owns it. */
smtp_message_t smtp_add_message(smtp_session_t session);

typedef void (*smtp_enumerate_messagecb_t)(smtp_message_t message, void *arg);

/* Calls cb for every message in the order added.  cb NULL: 0, INVAL. */
int smtp_enumerate_messages(
    smtp_session_t session, smtp_enumerate_messagecb_t cb, void *arg);

/* host[:service], [v6 literal][:service], or unix:/path; service defaults to
 * 587.  Checked when the session starts. */
int smtp_set_server(smtp_session_t session, const char *hostport);

/* The host name given to smtp_set_server(), or NULL.  Valid until the next
 * smtp_set_server() or the session's end. */
const char *smtp_get_server_name(smtp_session_t session);

/* The name for EHLO (RFC 5321 4.1.1.1) and Message-ID; NULL: found out when
 * the session starts. */
int smtp_set_hostname(smtp_session_t session, const char *hostname);

/* The reverse-path (RFC 5321 3.3), without angle brackets; NULL or "" is the
 * null reverse-path. */
int smtp_set_reverse_path(smtp_message_t message, const char *mailbox);

/* A recipient at the end of the message, which owns it.  mailbox without
 * angle brackets (RFC 5321 4.1.2); NULL: NULL, INVAL. */
smtp_recipient_t smtp_add_recipient(
    smtp_message_t message, const char *mailbox);

typedef void (*smtp_enumerate_recipientcb_t)(
    smtp_recipient_t recipient, const char *mailbox, void *arg);

int smtp_enumerate_recipients(
    smtp_message_t message, smtp_enumerate_recipientcb_t cb, void *arg);

/*
 * Header fields (RFC 5322 3.6)
 */

/* Sets a header field; what follows the name depends on it: Date takes
 * const time_t *; From, Sender, To, Cc, Bcc, Reply-To and
 * Disposition-Notification-To take const char *phrase, *mailbox; every other
 * field const char *value. */
int smtp_set_header(smtp_message_t message, const char *header, ...);

enum header_option { Hdr_OVERRIDE = 0, Hdr_PROHIBIT = 1 };

/* Hdr_OVERRIDE, Hdr_PROHIBIT: an int follows, 0 is off. */
int smtp_set_header_option(
    smtp_message_t message, const char *header, enum header_option option, ...);

/* Non-zero: the fields set by the API go into a new Resent- block in front
 * of the message (RFC 5322 3.6.6), whose own fields stay untouched. */
int smtp_set_resent_headers(smtp_message_t message, int onoff);

/*
 * Time-outs (RFC 5321 4.5.3.2), in milliseconds
 */
enum rfc2822_timeouts {
	Timeout_GREETING = 0,
	Timeout_ENVELOPE = 1,
	Timeout_DATA = 2,
	Timeout_TRANSFER = 3,
	Timeout_DATA2 = 4
};
#define Timeout_OVERRIDE_RFC2822_MINIMUM 0x1000

/* Returns the value set, raised to RFC 5321's minimum (with the override bit
 * in which: to one second); 0, INVAL for value <= 0 or an unknown which. */
long smtp_set_timeout(smtp_session_t session, int which, long value);

/*
 * The message's content
 */

/* len NULL: rewind.  Otherwise returns a block of *len octets that stays
 * valid until the next call; NULL or *len <= 0 ends the message.  *ctx may
 * hold a malloc()ed pointer, which the library frees. */
typedef const char *(*smtp_messagecb_t)(void **ctx, int *len, void *arg);

int smtp_set_messagecb(smtp_message_t message, smtp_messagecb_t cb, void *arg);

/* The program keeps fp, or str, until the run has ended. */
int smtp_set_message_fp(smtp_message_t message, FILE *fp);
int smtp_set_message_str(smtp_message_t message, const char *str);
const char *_smtp_message_fp_cb(void **ctx, int *len, void *arg);
const char *_smtp_message_str_cb(void **ctx, int *len, void *arg);
#define smtp_set_message_fp(message, fp)                                       \
	smtp_set_messagecb((message), _smtp_message_fp_cb, (fp))
#define smtp_set_message_str(message, str)                                     \
	smtp_set_messagecb((message), _smtp_message_str_cb, (void *)(str))

/*
 * Events
 */
enum {
	SMTP_EV_CONNECT = 0,
	SMTP_EV_MAILSTATUS = 1,
	SMTP_EV_RCPTSTATUS = 2,
	SMTP_EV_MESSAGEDATA = 3,
	SMTP_EV_MESSAGESENT = 4,
	SMTP_EV_DISCONNECT = 5,
	SMTP_EV_SYNTAXWARNING = 6,

	SMTP_EV_ETRNSTATUS = 1000,

	SMTP_EV_EXTNA_DSN = 2000,
	SMTP_EV_EXTNA_8BITMIME = 2001,
	SMTP_EV_EXTNA_STARTTLS = 2002,
	SMTP_EV_EXTNA_ETRN = 2003,
	SMTP_EV_EXTNA_CHUNKING = 2004,
	SMTP_EV_EXTNA_BINARYMIME = 2005,

	SMTP_EV_DELIVERBY_EXPIRED = 3000,

	SMTP_EV_WEAK_CIPHER = 3100,
	SMTP_EV_STARTTLS_OK = 3101,
	SMTP_EV_INVALID_PEER_CERTIFICATE = 3102,
	SMTP_EV_NO_PEER_CERTIFICATE = 3103,
	SMTP_EV_WRONG_PEER_CERTIFICATE = 3104,
	SMTP_EV_NO_CLIENT_CERTIFICATE = 3105,
	SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE = 3106,
	SMTP_EV_UNUSABLE_CA_LIST = 3107
};

typedef void (*smtp_eventcb_t)(
    smtp_session_t session, int event_no, void *arg, ...);

/* cb NULL: no events. */
int smtp_set_eventcb(smtp_session_t session, smtp_eventcb_t cb, void *arg);

#define SMTP_CB_READING 0
#define SMTP_CB_WRITING 1
#define SMTP_CB_HEADERS 2

/* buf is followed by a NUL, buflen is never 0; secrets are replaced by
 * their length. */
typedef void (*smtp_monitorcb_t)(
    const char *buf, int buflen, int writing, void *arg);

int smtp_set_monitorcb(
    smtp_session_t session, smtp_monitorcb_t cb, void *arg, int headers);

/*
 * Running and results
 */

/* Runs the session, and returns when it has ended: 1 when a transaction was
 * attempted, else 0 with smtp_errno(). */
int smtp_start_session(smtp_session_t session);

struct smtp_status {
	int code;      /* reply code, 0: no reply yet */
	char *text;    /* lines end with CRLF; owned by the object */
	int enh_class; /* enhanced status code, RFC 3463 */
	int enh_subject;
	int enh_detail;
};
typedef struct smtp_status smtp_status_t;

/* Never NULL for a valid handle.  Valid until the object's next reply,
 * reset or destruction. */
const smtp_status_t *smtp_message_transfer_status(smtp_message_t message);
const smtp_status_t *smtp_reverse_path_status(smtp_message_t message);
const smtp_status_t *smtp_recipient_status(smtp_recipient_t recipient);

/* Forgets the message's replies and makes its recipients pending again. */
int smtp_message_reset_status(smtp_message_t message);

/* 1: delivered or refused for good, will not be sent again. */
int smtp_recipient_check_complete(smtp_recipient_t recipient);
int smtp_recipient_reset_status(smtp_recipient_t recipient);

int smtp_option_require_all_recipients(smtp_session_t session, int state);

/* The last failure of a call in this thread; positive SMTP_ERR_*, negative
 * minus errno.  Cleared by smtp_start_session(). */
int smtp_errno(void);

/* Fills buf and returns it; NULL, INVAL for buf NULL or buflen 0. */
char *smtp_strerror(int error, char buf[], size_t buflen);

#define SMTP_ERR_NOTHING_TO_DO 2
#define SMTP_ERR_DROPPED_CONNECTION 3
#define SMTP_ERR_INVALID_RESPONSE_SYNTAX 4
#define SMTP_ERR_STATUS_MISMATCH 5
#define SMTP_ERR_INVALID_RESPONSE_STATUS 6
#define SMTP_ERR_INVAL 7
#define SMTP_ERR_EXTENSION_NOT_AVAILABLE 8
#define SMTP_ERR_EAI_ADDRFAMILY 9
#define SMTP_ERR_EAI_NODATA 10
#define SMTP_ERR_EAI_FAIL 11
#define SMTP_ERR_EAI_AGAIN 12
#define SMTP_ERR_EAI_MEMORY 13
#define SMTP_ERR_EAI_FAMILY 14
#define SMTP_ERR_EAI_BADFLAGS 15
#define SMTP_ERR_EAI_NONAME 16
#define SMTP_ERR_EAI_SERVICE 17
#define SMTP_ERR_EAI_SOCKTYPE 18
#define SMTP_ERR_UNTERMINATED_RESPONSE 19
#define SMTP_ERR_CLIENT_ERROR 20
#define SMTP_ERR_HOST_NOT_FOUND SMTP_ERR_EAI_ADDRFAMILY
#define SMTP_ERR_NO_ADDRESS SMTP_ERR_EAI_NODATA
#define SMTP_ERR_NO_RECOVERY SMTP_ERR_EAI_FAIL
#define SMTP_ERR_TRY_AGAIN SMTP_ERR_EAI_AGAIN

/*
 * Application data: the setters return the previous pointer and forget its
 * release hook; the _release forms call the old hook on the old pointer.
 */
void *smtp_set_application_data(smtp_session_t session, void *data);
void smtp_set_application_data_release(
    smtp_session_t session, void *data, void (*release)(void *));
void *smtp_get_application_data(smtp_session_t session);
void *smtp_message_set_application_data(smtp_message_t message, void *data);
void smtp_message_set_application_data_release(
    smtp_message_t message, void *data, void (*release)(void *));
void *smtp_message_get_application_data(smtp_message_t message);
void *smtp_recipient_set_application_data(
    smtp_recipient_t recipient, void *data);
void smtp_recipient_set_application_data_release(
    smtp_recipient_t recipient, void *data, void (*release)(void *));
void *smtp_recipient_get_application_data(smtp_recipient_t recipient);

/*
 * Delivery status notifications (RFC 3461)
 */
enum ret_flags { Ret_NOTSET = 0, Ret_FULL = 1, Ret_HDRS = 2 };

enum notify_flags {
	Notify_NOTSET = 0,
	Notify_NEVER = -1,
	Notify_SUCCESS = 1,
	Notify_FAILURE = 2,
	Notify_DELAY = 4
};

int smtp_dsn_set_ret(smtp_message_t message, enum ret_flags flags);
/* At most 100 characters once encoded as xtext (RFC 3461 4.4). */
int smtp_dsn_set_envid(smtp_message_t message, const char *envid);
int smtp_dsn_set_notify(smtp_recipient_t recipient, enum notify_flags flags);
int smtp_dsn_set_orcpt(
    smtp_recipient_t recipient, const char *address_type, const char *address);

/*
 * SIZE (RFC 1870), 8BITMIME (RFC 6152), BINARYMIME (RFC 3030),
 * DELIVERBY (RFC 2852)
 */
int smtp_size_set_estimate(smtp_message_t message, unsigned long size);

enum e8bitmime_body {
	E8bitmime_NOTSET = 0,
	E8bitmime_7BIT = 1,
	E8bitmime_8BITMIME = 2,
	E8bitmime_BINARYMIME = 3
};
/* Unset, content is declared as it is, and for 8-bit when it is longer than the
 * 256 KiB that are read before MAIL. */
int smtp_8bitmime_set_body(smtp_message_t message, enum e8bitmime_body body);

enum by_mode { By_NOTSET = 0, By_NOTIFY = 1, By_RETURN = 2 };

/* time in seconds, -999999999 to 999999999; By_RETURN wants time > 0. */
int smtp_deliverby_set_mode(
    smtp_message_t message, long time, enum by_mode mode, int trace);

/*
 * ETRN (RFC 1985)
 */
typedef void (*smtp_etrn_enumerate_nodecb_t)(
    smtp_etrn_node_t node, int option, const char *domain, void *arg);

/* option 0 or '@'. */
smtp_etrn_node_t smtp_etrn_add_node(
    smtp_session_t session, int option, const char *node);
int smtp_etrn_enumerate_nodes(
    smtp_session_t session, smtp_etrn_enumerate_nodecb_t cb, void *arg);
const smtp_status_t *smtp_etrn_node_status(smtp_etrn_node_t node);
void *smtp_etrn_set_application_data(smtp_etrn_node_t node, void *data);
void smtp_etrn_set_application_data_release(
    smtp_etrn_node_t node, void *data, void (*release)(void *));
void *smtp_etrn_get_application_data(smtp_etrn_node_t node);

/*
 * AUTH (RFC 4954)
 */
struct auth_context;
/* An auth_context_t (auth-client.h), borrowed until the session ends or is
 * given NULL, which disables AUTH. */
int smtp_auth_set_context(smtp_session_t session, struct auth_context *context);

struct Gsasl;
/* A ready libgsasl context of the program's, borrowed; NULL disables. */
int smtp_gsasl_set_context(smtp_session_t session, struct Gsasl *context);

/*
 * STARTTLS (RFC 3207)
 */
enum starttls_option {
	Starttls_DISABLED = 0,
	Starttls_ENABLED = 1,
	Starttls_REQUIRED = 2
};
int smtp_starttls_enable(smtp_session_t session, enum starttls_option how);

/* GnuTLS credentials of the program's, borrowed; NULL: the automatic ones. */
struct gnutls_certificate_credentials_st;
int smtp_starttls_set_ctx(smtp_session_t session,
    struct gnutls_certificate_credentials_st *credentials);
struct gnutls_certificate_credentials_st *smtp_starttls_get_ctx(
    smtp_session_t session);

/* Returns the password's length, 0 for none; rwflag 0 means decryption. */
typedef int (*smtp_starttls_passwordcb_t)(
    char *buf, int buflen, int rwflag, void *arg);
/* For all sessions of the process.  cb NULL: 0, INVAL. */
int smtp_starttls_set_password_cb(smtp_starttls_passwordcb_t cb, void *arg);

#ifdef __cplusplus
}
#endif

#endif
