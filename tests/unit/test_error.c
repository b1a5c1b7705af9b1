/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_error.c - error.c and model.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The first failure stays, foreign words arrive clean and on one line,
 * texts fit their array and end between two characters; statuses own their
 * text, and pending is what is not complete.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "model.h"
#include "text.h"

static void test_first_failure_stays(void **state)
{
	struct error e;

	(void)state;
	error_clear(&e);
	assert_int_equal(e.cause, Smtpx_CAUSE_NONE);
	assert_int_equal(e.code, 0);
	assert_string_equal(e.text, "");
	error_set(&e, Smtpx_CAUSE_TLS, SMTP_ERR_CLIENT_ERROR, "first", NULL);
	error_set(&e, Smtpx_CAUSE_LOST, SMTP_ERR_DROPPED_CONNECTION, "second",
	    "more");
	assert_int_equal(e.cause, Smtpx_CAUSE_TLS);
	assert_int_equal(e.code, SMTP_ERR_CLIENT_ERROR);
	assert_string_equal(e.text, "first");
	error_clear(&e);
	error_set(&e, Smtpx_CAUSE_MEMORY, -12, "third", NULL);
	assert_int_equal(e.code, -12);
	assert_string_equal(e.text, "third");
	/* A failure may have a cause without a code and the other way. */
	error_clear(&e);
	error_set(&e, Smtpx_CAUSE_TIMEOUT, 0, "no code", NULL);
	error_set(&e, Smtpx_CAUSE_LOST, 3, "later", NULL);
	assert_string_equal(e.text, "no code");
	error_clear(&e);
	error_set(&e, Smtpx_CAUSE_NONE, 7, "no cause", NULL);
	error_set(&e, Smtpx_CAUSE_LOST, 3, "later", NULL);
	assert_string_equal(e.text, "no cause");
}

static const struct {
	const char *what, *detail, *text;
} sentences[] = {
    {"refused", NULL, "refused"},
    {"refused", "", "refused"},
    {"refused", "   \r\n", "refused"},
    {"refused", "5.1.1 unknown", "refused: 5.1.1 unknown"},
    {"refused", "two\r\nlines\r\n", "refused: two lines"},
    {"refused", "\033]0;owned\007", "refused: \\x1B]0;owned\\x07"},
    {"refused",
	"\302\233"
	"31m",
	"refused: \\xC2\\x9B31m"},
    {"refused", "a\342\200\256b", "refused: a\\xE2\\x80\\xAEb"},
    {"refused", "gr\303\274n", "refused: gr\303\274n"},
    {"refused", "\377\376", "refused: \\xFF\\xFE"},
    {"", "alone", ": alone"},
};

static void test_foreign_words_are_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
		struct error e;

		error_clear(&e);
		error_set(&e, Smtpx_CAUSE_PROTOCOL, 4, sentences[i].what,
		    sentences[i].detail);
		assert_string_equal(e.text, sentences[i].text);
	}
}

/* whatever octet a server sends, what is kept is one harmless line. */
static void test_x22_every_octet(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char detail[] = {'a', (char)c, 'b', '\0'};
		struct error e;
		size_t n;

		error_clear(&e);
		error_set(&e, Smtpx_CAUSE_PROTOCOL, 4, "said", detail);
		n = strlen(e.text);
		assert_true(n >= strlen("said: ab"));
		assert_false(text_has_control(e.text, n));
		assert_true(text_is_utf8(e.text, n));
	}
}

/* Every length around the limit, with characters of one to four octets. */
static void test_texts_are_cut_to_fit(void **state)
{
	static const char *const characters[] = {
	    "a", "\303\274", "\342\202\254", "\360\237\230\200"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t shift = 0; shift < 4; shift++) {
			char what[2 * ERROR_TEXT_MAX] = "xxx";
			size_t width = strlen(characters[i]);
			size_t n = shift;
			struct error e;

			while (n + width < sizeof what) {
				memcpy(what + n, characters[i], width);
				n += width;
			}
			what[n] = '\0';
			error_clear(&e);
			error_set(&e, Smtpx_CAUSE_LOCAL, 7, what, what);
			assert_non_null(memchr(e.text, 0, sizeof e.text));
			assert_true(text_is_utf8(e.text, strlen(e.text)));
			assert_true(strlen(e.text) >= ERROR_TEXT_MAX - 4);
			assert_memory_equal(e.text, what, ERROR_TEXT_MAX - 4);
		}
	}
}

static void test_long_details_are_cut(void **state)
{
	struct error e;
	char detail[5000];

	(void)state;
	memset(detail, 'w', sizeof detail - 1);
	detail[sizeof detail - 1] = '\0';
	error_clear(&e);
	error_set(&e, Smtpx_CAUSE_LOCAL, 7, "said", detail);
	assert_memory_equal(e.text, "said: www", 9);
	assert_int_equal(strlen(e.text), 6 + TEXT_COLUMNS_MAX);
	assert_string_equal(e.text + strlen(e.text) - 4, "w...");
}

static void test_every_code_has_a_text(void **state)
{
	(void)state;
	for (int code = 2; code <= 20; code++) {
		assert_non_null(error_text(code));
		assert_true(strlen(error_text(code)) > 5);
		for (int other = 2; other < code; other++)
			assert_string_not_equal(
			    error_text(code), error_text(other));
	}
	assert_string_not_equal(error_text(0), "");
	assert_string_equal(error_text(1), "");
	assert_null(error_text(-1));
	assert_null(error_text(21));
	assert_null(error_text(INT32_MIN));
	assert_null(error_text(INT32_MAX));
}

static void test_status_owns_its_text(void **state)
{
	static const int enhanced[3] = {5, 1, 1};
	char text[] = "no such user\r\n";
	smtp_status_t s = {.code = 0};

	(void)state;
	assert_true(status_set(&s, 550, enhanced, text));
	text[0] = 'X';
	assert_int_equal(s.code, 550);
	assert_string_equal(s.text, "no such user\r\n");
	assert_int_equal(s.enh_class, 5);
	assert_int_equal(s.enh_subject, 1);
	assert_int_equal(s.enh_detail, 1);
	/* Its own text may be given back to it. */
	assert_true(status_set(&s, 551, NULL, s.text + 3));
	assert_string_equal(s.text, "such user\r\n");
	assert_int_equal(s.enh_class, 0);
	assert_int_equal(s.enh_detail, 0);
	assert_true(status_set(&s, 250, enhanced, NULL));
	assert_int_equal(s.code, 250);
	assert_null(s.text);
	assert_true(status_set(&s, 250, enhanced, ""));
	assert_string_equal(s.text, "");
	status_clear(&s);
	assert_int_equal(s.code, 0);
	assert_null(s.text);
	assert_int_equal(s.enh_class, 0);
	status_clear(&s);
	assert_null(s.text);
}

static void test_pending(void **state)
{
	struct smtp_recipient last = {.complete = false};
	struct smtp_recipient first = {.next = &last, .complete = true};
	struct smtp_message m = {.recipients = NULL};

	(void)state;
	assert_false(message_pending(&m));
	m.recipients = &first;
	assert_false(recipient_pending(&first));
	assert_true(recipient_pending(&last));
	assert_true(message_pending(&m));
	last.complete = true;
	assert_false(message_pending(&m));
	first.complete = false;
	assert_true(message_pending(&m));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first_failure_stays),
	    cmocka_unit_test(test_foreign_words_are_clean),
	    cmocka_unit_test(test_x22_every_octet),
	    cmocka_unit_test(test_texts_are_cut_to_fit),
	    cmocka_unit_test(test_long_details_are_cut),
	    cmocka_unit_test(test_every_code_has_a_text),
	    cmocka_unit_test(test_status_owns_its_text),
	    cmocka_unit_test(test_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
