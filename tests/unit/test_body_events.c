/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_body_events.c - what a program is told while its message is sent
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * SMTP_EV_MESSAGEDATA for each field and each line or block, with its size
 * before dots were added, wherever the pieces end; the monitor with each field
 * and a NUL behind it; and neither for the blank line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body_fixture.h"

/*
 * Events and monitor
 */

struct heard {
	int lengths[64];
	size_t events;
	char shown[512];
	size_t shown_n;
	size_t shows;
};

static void hear(smtp_session_t s, int event, void *arg, ...)
{
	struct heard *h = arg;
	va_list more;

	assert_ptr_equal(s, &session);
	assert_int_equal(event, SMTP_EV_MESSAGEDATA);
	va_start(more, arg);
	assert_ptr_equal(va_arg(more, smtp_message_t), &message);
	h->lengths[h->events++] = va_arg(more, int);
	va_end(more);
}

static void show(const char *buf, int n, int writing, void *arg)
{
	struct heard *h = arg;

	assert_int_equal(writing, SMTP_CB_HEADERS);
	assert_true(n > 0);
	assert_int_equal(buf[n], '\0');
	assert_int_equal(strlen(buf), n);
	assert_true(h->shown_n + (size_t)n < sizeof h->shown);
	memcpy(h->shown + h->shown_n, buf, (size_t)n + 1);
	h->shown_n += (size_t)n;
	h->shows++;
}

static void listen_to(struct source *s, bool dots, struct heard *h)
{
	struct buf all;
	struct body *b;

	memset(h, 0, sizeof *h);
	make_message(s, true);
	session.event = hear;
	session.event_arg = h;
	session.monitor = show;
	session.monitor_arg = h;
	session.monitor_headers = true;
	b = body_new(&message, &facts, dots);
	assert_non_null(b);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(pump_all(b, 11, &all), BODY_END);
	body_free(b);
	drop_message();
	buf_release(&all);
}

static void expect_events(const struct heard *h, const int *want, size_t n)
{
	for (size_t i = 0; i < n && i < h->events; i++) {
		if (h->lengths[i] != want[i])
			print_error("event %zu: %d, not %d\n", i, h->lengths[i],
			    want[i]);
		assert_int_equal(h->lengths[i], want[i]);
	}
	assert_int_equal(h->events, n);
}

static void events_tell_of_fields_and_lines(void **state)
{
	static const char text[] =
	    "A: b\nSubject: x\n y\n\nline\n\n..dots\n.\nlast";
	static const int want[] = {
	    6, 16, sizeof DATE_LINE - 1, sizeof FROM_LINE - 1, 6, 2, 8, 3, 6};
	static const char shown[] =
	    "A: b\r\nSubject: x\r\n y\r\n" DATE_LINE FROM_LINE;
	struct heard h;

	(void)state;
	for (size_t piece = 0; piece < sizeof text; piece++) {
		struct source s = {
		    .text = text, .n = sizeof text - 1, .piece = piece};

		listen_to(&s, true, &h);
		expect_events(&h, want, sizeof want / sizeof want[0]);
		assert_int_equal(h.shows, 4);
		assert_string_equal(h.shown, shown);
	}
}

static void events_tell_of_blocks(void **state)
{
	static const char text[] = "A: b\n\n12345678\n12345678\n1234";
	static const int want[] = {
	    6, sizeof DATE_LINE - 1, sizeof FROM_LINE - 1, 4, 11, 11};
	struct source s = {.text = text, .n = sizeof text - 1, .piece = 10};
	struct heard h;

	(void)state;
	listen_to(&s, false, &h);
	expect_events(&h, want, sizeof want / sizeof want[0]);
}

/* What was read before it was known not to be a field is body, too. */
static void events_tell_of_a_body_without_header(void **state)
{
	static const int want[] = {
	    sizeof DATE_LINE - 1, sizeof FROM_LINE - 1, 7, 5};
	struct source s = {.text = "hello\nyou", .n = 9, .piece = 4};
	struct heard h;

	(void)state;
	listen_to(&s, true, &h);
	expect_events(&h, want, sizeof want / sizeof want[0]);
}

/* Content that is read ahead and then never sent was no event. */
static void nothing_is_told_before_it_is_sent(void **state)
{
	struct source s = {.text = "A: b\n\nx\n", .n = 8};
	struct heard h = {.events = 0};
	struct buf out;
	struct body *b;

	(void)state;
	make_message(&s, true);
	session.event = hear;
	session.event_arg = &h;
	session.monitor = show;
	session.monitor_arg = &h;
	session.monitor_headers = true;
	b = body_new(&message, &facts, true);
	assert_non_null(b);
	buf_init(&out, SIZE_MAX);
	assert_int_equal(body_pump(b, &out, 4096), BODY_END);
	assert_int_equal(h.events + h.shows, 0);
	body_report(b);
	assert_int_equal(h.events, 4);
	assert_int_equal(h.shows, 3);
	body_report(b);
	assert_int_equal(h.events, 4);
	body_free(b);
	drop_message();
	buf_release(&out);
}

/* Two transmissions of one message may overlap once the first was read. */
static void a_context_belongs_to_one_transmission(void **state)
{
	struct source s = {.text = "A: b\n\nx\n", .n = 8, .allocates = true};
	struct buf out;
	struct body *first, *second;

	(void)state;
	make_message(&s, true);
	first = body_new(&message, &facts, true);
	assert_non_null(first);
	buf_init(&out, SIZE_MAX);
	assert_int_equal(body_pump(first, &out, 4096), BODY_END);
	assert_null(message.read_ctx);
	s.at = 0;
	s.reads = 0;
	second = body_new(&message, &facts, true);
	assert_non_null(second);
	assert_int_equal(body_pump(second, &out, out.len + 1), BODY_MORE);
	assert_non_null(message.read_ctx);
	body_free(first);
	assert_non_null(message.read_ctx);
	body_free(second);
	assert_null(message.read_ctx);
	drop_message();
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_tell_of_fields_and_lines),
	    cmocka_unit_test(events_tell_of_blocks),
	    cmocka_unit_test(events_tell_of_a_body_without_header),
	    cmocka_unit_test(nothing_is_told_before_it_is_sent),
	    cmocka_unit_test(a_context_belongs_to_one_transmission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
