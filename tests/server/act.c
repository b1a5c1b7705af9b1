/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * act.c - carries out the rules of the script
 *
 * Every reply passes here: when no rule applies it is the server's own, else
 * the rule's actions stand in its place, in their order.  The code that the
 * client saw decides what the server does next, so that a scripted refusal is
 * a refusal.  Nothing is invented: without a rule the server is correct. */

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "sasl.h"

/* A rule under way. */
struct actor {
	struct dialogue *d;
	const char *fallback;
	bool answered;
	long split; /* octets a segment, 0: whole */
	long split_ms;
	long cut; /* drop after so many octets of the reply; -1: no */
	int as;   /* pretend that this code was sent; 0: no */
};

static void record_text(struct dialogue *d, const char *text, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(text, '\n', n);
		size_t len = lf ? (size_t)(lf - text) + 1 : n;
		size_t shown = len;

		if (shown >= 2 && memcmp(text + len - 2, "\r\n", 2) == 0)
			shown -= 2;
		record_line(d->record, d->conn, 'S', text, shown);
		text += len;
		n -= len;
	}
}

static void end(struct dialogue *d, const char *how)
{
	record_remark(d->record, d->conn, "server ends: %s", how);
	d->over = true;
}

/* Writes octets of a reply, whole or piece by piece. */
static void put(struct actor *a, const char *text, size_t n)
{
	struct dialogue *d = a->d;

	while (n > 0 && !d->over && a->split > 0) {
		size_t piece = n < (size_t)a->split ? n : (size_t)a->split;

		transport_write(&d->t, text, piece);
		transport_flush(&d->t);
		transport_sleep(&d->t, a->split_ms >= 0 ? a->split_ms : 2);
		text += piece;
		n -= piece;
	}
	if (n > 0)
		transport_write(&d->t, text, n);
}

static void say(struct actor *a, const char *text, size_t n)
{
	struct dialogue *d = a->d;
	bool cut = a->cut >= 0 && (size_t)a->cut <= n;

	if (d->over)
		return;
	a->answered = true;
	if (cut)
		n = (size_t)a->cut;
	record_text(d, text, n);
	octets_add(&d->reply, text, n);
	put(a, text, n);
	if (cut) {
		transport_flush(&d->t);
		transport_drop(&d->t);
		end(d, "cut");
	}
}

/* Takes "5.1.1 " out of "550 5.1.1 text" when nobody was promised it. */
static const char *skip_enhanced(const char *text)
{
	size_t n = 0;

	if (strlen(text) < 10 || text[5] != '.')
		return text + 4;
	for (int i = 0; i < 3; i++) {
		size_t digits = strspn(text + 4 + n, "0123456789");

		n += digits;
		if (digits == 0 || text[4 + n] != (i < 2 ? '.' : ' '))
			return text + 4;
		n++;
	}
	return text + 4 + n;
}

static void say_default(struct actor *a)
{
	struct octets text = {0};
	const char *reply = a->fallback;

	a->answered = true;
	if (!reply)
		return;
	if (dialogue_capable(a->d, "ENHANCEDSTATUSCODES") ||
	    strlen(reply) < 5 || reply[3] != ' ') {
		octets_text(&text, reply);
	} else {
		octets_add(&text, reply, 4);
		octets_text(&text, skip_enhanced(reply));
	}
	octets_text(&text, "\r\n");
	say(a, octets_head(&text), octets_len(&text));
	octets_release(&text);
}

/* As many octets as the true reply has, and no meaning. */
static void say_noise(struct actor *a)
{
	size_t n = a->fallback ? strlen(a->fallback) : 24;
	char *noise = octets_alloc(n + 2);
	uint32_t state = 0x2545F491u + (uint32_t)a->d->conn;

	for (size_t i = 0; i < n; i++) {
		state = state * 1664525u + 1013904223u;
		noise[i] = (char)(state >> 24);
		if (noise[i] == '\n' || noise[i] == '\r')
			noise[i] = '?';
	}
	memcpy(noise + n, "\r\n", 2);
	say(a, noise, n + 2);
	free(noise);
}

static void say_repeated(struct actor *a, const struct script_action *act)
{
	struct dialogue *d = a->d;
	struct octets some = {0};
	unsigned long left = (unsigned long)act->number;
	unsigned long bunch = act->len > 0 ? 16384 / act->len + 1 : 1;
	bool endless = act->number == 0;

	record_remark(d->record, d->conn, "%zu octets repeated %ld times",
	    act->len, act->number);
	a->answered = true;
	for (unsigned long i = 0; i < bunch; i++)
		octets_add(&some, act->text, act->len);
	while (!d->t.broken && !transport_stopped() && (endless || left > 0)) {
		unsigned long now = endless || left > bunch ? bunch : left;

		transport_write(&d->t, octets_head(&some), now * act->len);
		transport_flush(&d->t);
		left -= endless ? 0 : now;
	}
	octets_release(&some);
}

/* The value of one attribute of a SCRAM message, "r=..,s=..,i=..". */
static void add_attribute(struct octets *to, const char *message, char name)
{
	const char *p = message;

	while (*p && !(p[0] == name && p[1] == '=')) {
		p += strcspn(p, ",");
		p += *p == ',' ? 1 : 0;
	}
	if (*p)
		octets_add(to, p + 2, strcspn(p + 2, ","));
}

/* 334 and a text in which %r %s %i %v stand for the true message's parts. */
static void say_challenge(struct actor *a, const struct script_action *act)
{
	struct octets plain = {0};
	struct octets line = {0};
	const char *truth = octets_head(&a->d->challenge);

	for (size_t i = 0; i < act->len; i++) {
		if (act->text[i] == '%' && i + 1 < act->len)
			add_attribute(&plain, truth, act->text[++i]);
		else
			octets_add(&plain, act->text + i, 1);
	}
	octets_text(&line, "334 ");
	sasl_encode(octets_head(&plain), octets_len(&plain), &line);
	octets_text(&line, "\r\n");
	say(a, octets_head(&line), octets_len(&line));
	octets_release(&plain);
	octets_release(&line);
}

/* A reply as it stands in the rule; "\r\n" in it makes several lines. */
static void say_reply(struct actor *a, const struct script_action *act)
{
	struct octets text = {0};

	octets_add(&text, act->text, act->len);
	octets_text(&text, "\r\n");
	say(a, octets_head(&text), octets_len(&text));
	octets_release(&text);
}

static void inject(struct actor *a, const struct script_action *act)
{
	if (!a->answered)
		say_default(a);
	if (a->d->over)
		return;
	record_text(a->d, act->text, act->len);
	transport_write(&a->d->t, act->text, act->len);
}

static void stall(struct actor *a, const struct script_action *act)
{
	transport_flush(&a->d->t);
	record_remark(a->d->record, a->d->conn, "server stalls");
	transport_sleep(&a->d->t, act->number);
	if (act->number < 0) {
		transport_drop(&a->d->t);
		end(a->d, "stalled");
	}
}

static void finish(struct actor *a, const struct script_action *act)
{
	struct dialogue *d = a->d;

	if (act->act == ACT_CLOSE) {
		end(d, "close");
		transport_close(&d->t);
		return;
	}
	transport_flush(&d->t);
	if (act->act == ACT_DROP) {
		transport_drop(&d->t);
		end(d, "drop");
	} else {
		transport_reset(&d->t);
		end(d, "reset");
	}
}

static void change_tls(struct actor *a, const struct script_action *act)
{
	struct dialogue *d = a->d;

	transport_flush(&d->t);
	if (!d->t.tls)
		return;
	if (act->act == ACT_REHANDSHAKE)
		gnutls_rehandshake(d->t.tls);
	else
		gnutls_session_key_update(d->t.tls, GNUTLS_KU_PEER);
	transport_write_wire(&d->t, "", 0);
}

static void perform(struct actor *a, const struct script_action *act)
{
	struct dialogue *d = a->d;

	switch (act->act) {
	case ACT_REPLY:
		say_reply(a, act);
		break;
	case ACT_RAW:
		say(a, act->text, act->len);
		break;
	case ACT_INJECT:
		inject(a, act);
		break;
	case ACT_DEFAULT:
		say_default(a);
		break;
	case ACT_DELAY:
		transport_flush(&d->t);
		transport_sleep(&d->t, act->number);
		break;
	case ACT_FLUSH:
		transport_flush(&d->t);
		break;
	case ACT_REPEAT:
		say_repeated(a, act);
		break;
	case ACT_GARBLE:
		say_noise(a);
		break;
	case ACT_CHALLENGE:
		say_challenge(a, act);
		break;
	default:
		break;
	}
}

/* The rest of the actions; one switch would be too long to read. */
static void perform_rarely(struct actor *a, const struct script_action *act)
{
	switch (act->act) {
	case ACT_STALL:
		stall(a, act);
		break;
	case ACT_SILENT:
		a->answered = true;
		break;
	case ACT_DROP:
	case ACT_RST:
	case ACT_CLOSE:
		finish(a, act);
		break;
	case ACT_WIRE:
		transport_write_wire(&a->d->t, act->text, act->len);
		break;
	case ACT_REHANDSHAKE:
	case ACT_KEYUPDATE:
		change_tls(a, act);
		break;
	default:
		break;
	}
}

/* Modifiers count wherever they stand in the list. */
static void prepare(struct actor *a, const struct script_rule *r)
{
	for (size_t i = 0; i < r->actions_n; i++) {
		const struct script_action *act = &r->actions[i];

		if (act->act == ACT_SPLIT) {
			a->split = act->number;
			a->split_ms = act->other;
		} else if (act->act == ACT_CLOSE_AFTER) {
			a->cut = act->number;
		} else if (act->act == ACT_AS) {
			a->as = (int)act->number;
		}
	}
}

static void follow(struct actor *a, const struct script_rule *r)
{
	prepare(a, r);
	/* The handshake's octets are not ours to cut: the transport does. */
	if (r->event == EVENT_HANDSHAKE && a->cut >= 0) {
		a->d->t.wire_limit = (size_t)a->cut;
		a->cut = -1;
	}
	for (size_t i = 0; i < r->actions_n && !a->d->over; i++) {
		perform(a, &r->actions[i]);
		perform_rarely(a, &r->actions[i]);
	}
	if (!a->answered && !a->d->over)
		say_default(a);
}

/* The code of the reply's last line; 0 when it has none. */
static int code_of(const struct octets *reply)
{
	const char *text = octets_head(reply);
	size_t n = octets_len(reply);
	size_t begin = n;

	if (n > 0)
		begin = n - 1;
	while (begin > 0 && text[begin - 1] != '\n')
		begin--;
	if (n - begin < 3 || strspn(text + begin, "0123456789") < 3)
		return 0;
	return (text[begin] - '0') * 100 + (text[begin + 1] - '0') * 10 +
	       (text[begin + 2] - '0');
}

int dialogue_respond(
    struct dialogue *d, enum script_event event, const char *fallback)
{
	struct actor a = {.d = d, .fallback = fallback, .cut = -1};
	struct script_moment moment = {.event = event,
	    .conn = d->conn,
	    .message = d->messages,
	    .ordinal =
		event == EVENT_CONTENT ? d->messages : ++d->ordinals[event],
	    .secure = d->t.tls != NULL,
	    .line = dialogue_line(d),
	    .had = d->content_had,
	    .have = d->content_len};
	const struct script_rule *rule;
	int code;

	if (d->over)
		return 0;
	octets_clear(&d->reply);
	rule = script_find(&d->options->script, &moment);
	if (rule)
		follow(&a, rule);
	else
		say_default(&a);
	code = a.as ? a.as : code_of(&d->reply);
	octets_add(&d->reply, "", 1);
	if (d->options->eager)
		transport_flush(&d->t);
	return code;
}
