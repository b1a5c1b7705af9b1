/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_auth.c - the AUTH exchange, RFC 4954.
 *
 * Mechanism after mechanism as the authenticator chooses; a wrong password
 * (535) is not tried again with another one, nor is a server that was
 * cancelled: who cannot prove itself to SCRAM must not get the password by
 * PLAIN.  An initial response that does not fit the line waits for the
 * empty 334.  235 counts only when the mechanism has seen the server's proof
 * challenges are bounded.
 */
#include <string.h>

#include "encode.h"
#include "engine_internal.h"

static const struct authenticator *authenticator(const struct engine *e)
{
	return e->session->authenticator;
}

/* Without a login: an error where one is required, else on without. */
static bool give_up(struct engine *e, enum smtpx_cause cause, const char *what,
    const char *detail)
{
	e->auth_groupable = false;
	if (!e->session->auth_required) {
		e->auth_over = true;
		return false;
	}
	error_set(
	    &e->session->error, cause, SMTP_ERR_CLIENT_ERROR, what, detail);
	e->cause = cause;
	e->login_failed = true;
	/* Content that went ahead (latency minimal) has a reply coming that
	 * may say that it was taken all the same. */
	if (e->transactions == NULL || !e->transactions->content_begun)
		engine_close(e, true);
	return true;
}

static bool nothing_to_try(struct engine *e)
{
	const struct authenticator *a = authenticator(e);
	const char *reason = a == NULL ? NULL : a->reason(a->ctx);

	if (!capabilities_has(&e->session->capabilities, CAP_AUTH))
		return give_up(e, Smtpx_CAUSE_AUTH,
		    "the server offers no AUTH, and a login is required", NULL);
	if (e->refusal[0] != '\0')
		return give_up(
		    e, Smtpx_CAUSE_AUTH, "the login was refused", e->refusal);
	return give_up(e, Smtpx_CAUSE_AUTH,
	    reason != NULL ? reason
			   : "no mechanism of the server's can be used",
	    NULL);
}

static bool say_auth(struct engine *e, const char *mechanism,
    enum auth_step step, struct buf *response)
{
	const struct authenticator *a = authenticator(e);
	size_t from = e->out.len;
	bool initial = step == AUTH_STEP_RESPONSE;
	bool done = command_auth(&e->out, mechanism,
	    initial ? buf_head(response) : NULL, response->len);

	if (!done && initial && !e->out.failed) {
		/* Longer than 512 octets: RFC 4954 4. */
		e->first_response_due = buf_append(
		    &e->first_response, buf_head(response), response->len);
		done = command_auth(&e->out, mechanism, NULL, 0);
		initial = false;
	}
	if (!done) {
		engine_no_memory(e);
		return true;
	}
	e->out.secret = true; /* until it has run empty */
	e->commands++;
	engine_show_secret(e, mechanism,
	    initial ? e->out.len - from - strlen(mechanism) - 8 : 0);
	e->auth_groupable = initial && a->one_step(a->ctx);
	engine_expect(e, PHASE_AUTH, NULL);
	return true;
}

/* Names have 20 letters at most (RFC 4422 3.1). */
static void keep_mechanism(struct engine *e, const char *name)
{
	size_t n = strlen(name);

	if (n >= sizeof e->mechanism)
		n = sizeof e->mechanism - 1;
	memcpy(e->mechanism, name, n);
	e->mechanism[n] = '\0';
}

/* true: something was said, or the connection is over. */
bool engine_auth_start(struct engine *e)
{
	const struct authenticator *a = authenticator(e);
	const char *mechanism = NULL;
	struct buf response;
	enum auth_step step;
	bool said;

	if (a == NULL && !e->session->auth_required)
		return false;
	if (a != NULL && capabilities_has(&e->session->capabilities, CAP_AUTH))
		mechanism = a->choose(a->ctx, &e->session->capabilities);
	if (mechanism == NULL)
		return nothing_to_try(e);
	e->challenges = 0;
	e->challenge_octets = 0;
	e->auth_cancelled = false;
	e->first_response_due = false;
	buf_clear(&e->first_response);
	keep_mechanism(e, mechanism);
	buf_init_secret(&response, ENGINE_CHALLENGE_OCTETS_MAX);
	step = a->step(a->ctx, NULL, 0, &response);
	said = step == AUTH_STEP_FAILED
	           ? engine_auth_start(e)
	           : say_auth(e, e->mechanism, step, &response);
	buf_release(&response);
	return said;
}

void engine_auth_good(struct engine *e, const struct expected *x)
{
	const struct authenticator *a = authenticator(e);

	(void)x;
	e->auth_groupable = false;
	if (e->auth_cancelled || !a->satisfied(a->ctx)) {
		engine_fail(e, Smtpx_CAUSE_AUTH, SMTP_ERR_CLIENT_ERROR,
		    "the server accepted the login without proving that it "
		    "knows the password",
		    NULL);
		return;
	}
	e->authenticated = true;
	memcpy(e->session->mechanism, e->mechanism, sizeof e->mechanism);
}

/* Whatever answers it, this was the login. */
static void cancel(struct engine *e, const char *why)
{
	size_t from = e->out.len;
	size_t n = strlen(why);

	if (n >= sizeof e->refusal)
		n = sizeof e->refusal - 1;
	memcpy(e->refusal, why, n);
	e->refusal[n] = '\0';
	e->auth_cancelled = true;
	e->commands++;
	if (!command_plain(&e->out, "*")) {
		engine_no_memory(e);
		return;
	}
	engine_show_line(e, from);
	engine_expect(e, PHASE_AUTH, NULL);
}

static void respond(struct engine *e, const struct buf *response)
{
	size_t from = e->out.len;

	e->commands++;
	e->out.secret = true;
	if (!command_auth_response(
		&e->out, buf_head(response), response->len)) {
		engine_no_memory(e);
		return;
	}
	engine_show_secret(e, NULL, e->out.len - from - 2);
	engine_expect(e, PHASE_AUTH, NULL);
}

/* The challenge's octets; false: it is no base64. */
static bool decode_challenge(struct engine *e, struct buf *challenge)
{
	const char *text;
	size_t n;

	if (e->reply.cut || e->reply.lines != 1 ||
	    !reply_line(&e->reply, 0, &text, &n))
		return false;
	e->challenge_octets += n;
	return decode_base64(challenge, text, n);
}

static void answer(struct engine *e, const struct buf *challenge)
{
	const struct authenticator *a = authenticator(e);
	struct buf response;

	if (e->first_response_due) {
		e->first_response_due = false;
		respond(e, &e->first_response);
		buf_clear(&e->first_response);
		return;
	}
	buf_init_secret(&response, ENGINE_CHALLENGE_OCTETS_MAX);
	if (a->step(a->ctx, buf_head(challenge), challenge->len, &response) ==
	    AUTH_STEP_RESPONSE)
		respond(e, &response);
	else
		cancel(e, a->reason(a->ctx) != NULL
			      ? a->reason(a->ctx)
			      : "the server's challenge has no answer");
	buf_release(&response);
}

void engine_auth_again(struct engine *e, const struct expected *x)
{
	struct buf challenge;
	bool decoded;

	(void)x;
	/* The MAIL behind it would be read as a response.  Its words may
	 * repeat the password. */
	if (e->due_n > 0 || e->auth_cancelled) {
		e->next_server = true;
		engine_fail(e, Smtpx_CAUSE_PROTOCOL,
		    SMTP_ERR_INVALID_RESPONSE_STATUS,
		    "the server asks on where nothing is to be asked", NULL);
		return;
	}
	buf_init_secret(&challenge, ENGINE_CHALLENGE_OCTETS_MAX);
	decoded = decode_challenge(e, &challenge);
	if (challenge.failed)
		engine_no_memory(e);
	else if (!decoded)
		cancel(e, "the server's challenge is no base64");
	else if (++e->challenges > ENGINE_CHALLENGES_MAX ||
		 e->challenge_octets > ENGINE_CHALLENGE_OCTETS_MAX)
		cancel(e, "the server asks without an end");
	else
		answer(e, &challenge);
	buf_release(&challenge);
}

/* The transaction that was grouped with AUTH belongs to a client that nobody
 * knows: its replies are heard, then it begins anew behind another login. */
static void stop_group(struct engine *e)
{
	e->auth_groupable = false;
	for (struct transaction *t = e->transactions; t != NULL; t = t->next) {
		if (!t->content_begun) {
			engine_abandon(t);
		} else if (e->session->auth_required) {
			/* With its content, latency minimal: should the
			 * server take it all the same, it is delivered. */
			t->abandoned = true;
			t->stopped = !t->end_said;
		}
	}
}

static void broken_off(struct engine *e)
{
	struct buf what;
	const char *made;

	buf_init(&what, ERROR_TEXT_MAX);
	buf_puts(&what, "the login by ");
	buf_puts(&what, e->mechanism);
	buf_puts(&what, " was broken off");
	made = buf_cstr(&what);
	give_up(e, Smtpx_CAUSE_AUTH,
	    made != NULL ? made : "the login was broken off", e->refusal);
	buf_release(&what);
}

void engine_auth_deferred(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];

	(void)x;
	stop_group(e);
	if (e->auth_cancelled) {
		broken_off(e);
		return;
	}
	if (!e->session->auth_required)
		return; /* the next mechanism, as libESMTP */
	engine_reply_words(e, words, sizeof words);
	give_up(e, Smtpx_CAUSE_AUTH_TEMPORARY, "the server cannot log in now",
	    words);
}

/* 534 and 538 speak of the mechanism, 504 and 500 of its name or its form;
 * 535 is a wrong password: another mechanism would lock the account. */
void engine_auth_refused(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];
	int code = e->reply.code;

	(void)x;
	stop_group(e);
	if (e->auth_cancelled) {
		broken_off(e);
		return;
	}
	if (!e->session->auth_required && code != 534 && code != 538)
		return;
	if (e->session->auth_required && code != 535) {
		engine_reply_words(e, e->refusal, sizeof e->refusal);
		return;
	}
	engine_reply_words(e, words, sizeof words);
	if (!give_up(e, Smtpx_CAUSE_AUTH, "the login was refused", words))
		engine_leave(e, Smtpx_CAUSE_AUTH, SMTP_ERR_CLIENT_ERROR,
		    "the login was refused", words);
}
