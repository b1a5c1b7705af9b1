/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * auth-client.h - the SASL client interface of the libESMTP API (RFC 4422).
 *
 * A context holds what a program lets mechanisms do and the callback that
 * answers their questions.  Strings that the callback puts into result[]
 * stay the program's and are copied at once.  The functions return non-zero
 * when they succeed; none of them sets smtp_errno().
 */
#ifndef _auth_client_h
#define _auth_client_h

#ifdef __cplusplus
extern "C" {
#endif

typedef struct auth_context *auth_context_t;

/* What a request asks for; exactly one of the first three. */
#define AUTH_USER 0x0001
#define AUTH_REALM 0x0002
#define AUTH_PASS 0x0004
/* The answer crosses the wire readable for whoever sees the connection. */
#define AUTH_CLEARTEXT 0x0008

struct auth_client_request {
	const char *name;   /* "user" or "passphrase" */
	unsigned flags;     /* AUTH_* */
	const char *prompt; /* for a human */
	unsigned size;      /* octets at most, 0: no limit */
};
typedef const struct auth_client_request *auth_client_request_t;

/* Fills result[0 .. fields-1]; 0: refuse to answer. */
typedef int (*auth_interact_t)(
    auth_client_request_t request, char **result, int fields, void *arg);
typedef const char *(*auth_response_t)(void *ctx, const char *challenge,
    int *len, auth_interact_t interact, void *arg);
typedef int (*auth_recode_t)(
    void *ctx, char **dstbuf, int *dstlen, const char *srcbuf, int srclen);

/* Mechanism classes that need the program's consent. */
#define AUTH_PLUGIN_ANONYMOUS 0x01
#define AUTH_PLUGIN_PLAIN 0x02
#define AUTH_PLUGIN_EXTERNAL 0x04

/* May be called any number of times. */
void auth_client_init(void);
void auth_client_exit(void);

auth_context_t auth_create_context(void);
int auth_destroy_context(auth_context_t context);

/* Clears, then sets AUTH_PLUGIN_* bits; EXTERNAL is not changed here. */
int auth_set_mechanism_flags(
    auth_context_t context, unsigned set, unsigned clear);
int auth_set_mechanism_ssf(auth_context_t context, int min_ssf);

/* EXTERNAL becomes available with an identity; NULL takes it away. */
int auth_set_external_id(auth_context_t context, const char *identity);

int auth_set_interact_cb(
    auth_context_t context, auth_interact_t interact, void *arg);

/* 1: context and interact callback are there. */
int auth_client_enabled(auth_context_t context);

/* Selects a mechanism by name; 0: unknown or not allowed. */
int auth_set_mechanism(auth_context_t context, const char *name);
const char *auth_mechanism_name(auth_context_t context);

/* challenge NULL: the initial response.  *len: octets in, octets out.  The
 * result is the context's until the next call; NULL: none or failure. */
const char *auth_response(
    auth_context_t context, const char *challenge, int *len);
int auth_get_ssf(auth_context_t context);

/* Without a security layer the outputs stay untouched. */
void auth_encode(
    char **dstbuf, int *dstlen, const char *srcbuf, int srclen, void *arg);
void auth_decode(
    char **dstbuf, int *dstlen, const char *srcbuf, int srclen, void *arg);

#ifdef __cplusplus
}
#endif

#endif
