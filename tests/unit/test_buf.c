/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_buf.c - the octet queue against a plain model of it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Besides single cases, a long pseudo-random walk compares every state with an
 * array that is moved about the slow way. Secrets are looked for in the
 * storage after they were consumed.
 */
#include "buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void empty_buffer_has_valid_views(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_non_null(buf_head(&b));
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_room(&b), 10);
	assert_string_equal(buf_cstr(&b), "");
	assert_true(buf_append(&b, NULL, 0));
	assert_true(buf_puts(&b, ""));
	buf_consume(&b, 0);
	assert_int_equal(b.len, 0);
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.max, 10);
}

static void append_is_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_puts(&b, "abc"));
	assert_false(buf_puts(&b, "def"));
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	assert_memory_equal(buf_head(&b), "abc", 3);
	assert_false(buf_putc(&b, 'd'));
	assert_false(buf_number(&b, 1));
	assert_null(buf_reserve(&b, 0));
	assert_null(buf_cstr(&b));
	assert_null(buf_take(&b, NULL));
	assert_int_equal(b.len, 3);
	buf_clear(&b);
	assert_false(b.failed);
	assert_true(buf_puts(&b, "abcde"));
	assert_string_equal(buf_cstr(&b), "abcde");
	assert_false(buf_putc(&b, 'f'));
	buf_release(&b);
}

static void sizes_do_not_wrap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_true(buf_putc(&b, 'x'));
	assert_false(buf_append(&b, "", SIZE_MAX));
	assert_true(b.failed);
	buf_clear(&b);
	assert_true(buf_putc(&b, 'x'));
	assert_null(buf_reserve(&b, SIZE_MAX - 1));
	assert_true(b.failed);
	assert_int_equal(b.len, 1);
	buf_release(&b);
	buf_init(&b, 0);
	assert_true(buf_append(&b, "", 0));
	assert_string_equal(buf_cstr(&b), "");
	assert_false(buf_putc(&b, 'x'));
	buf_release(&b);
}

static void numbers_are_decimal(void **state)
{
	static const struct {
		unsigned long long n;
		const char *text;
	} cases[] = {{0, "0"}, {9, "9"}, {10, "10"}, {4294967296, "4294967296"},
	    {18446744073709551615ULL, "18446744073709551615"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;

		buf_init(&b, 40);
		assert_true(buf_number(&b, cases[i].n));
		assert_string_equal(buf_cstr(&b), cases[i].text);
		buf_release(&b);
	}
}

static void taken_block_is_the_callers(void **state)
{
	struct buf b;
	size_t n = 0;
	char *text;

	(void)state;
	buf_init(&b, 100);
	text = buf_take(&b, &n);
	assert_string_equal(text, "");
	assert_int_equal(n, 0);
	free(text);
	buf_append(&b, "xa\0b", 4);
	buf_consume(&b, 1);
	text = buf_take(&b, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(text, "a\0b", 4);
	free(text);
	assert_int_equal(b.len, 0);
	assert_true(buf_puts(&b, "again"));
	assert_string_equal(buf_cstr(&b), "again");
	buf_release(&b);
}

static void reserved_room_counts_when_committed(void **state)
{
	unsigned char *room;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	room = buf_reserve(&b, 600);
	assert_non_null(room);
	memset(room, 'r', 600);
	assert_int_equal(b.len, 0);
	buf_commit(&b, 400);
	assert_int_equal(b.len, 400);
	assert_int_equal(buf_room(&b), 600);
	assert_null(buf_reserve(&b, 601));
	assert_true(b.failed);
	buf_release(&b);
}

static bool contains(const struct buf *b, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= b->cap; i++) {
		if (memcmp(b->data + i, text, n) == 0)
			return true;
	}
	return false;
}

static void secrets_are_wiped(void **state)
{
	struct buf b;

	(void)state;
	buf_init_secret(&b, 1000);
	buf_puts(&b, "password");
	assert_true(contains(&b, "password"));
	buf_consume(&b, 8);
	assert_false(contains(&b, "ssw"));
	buf_puts(&b, "password");
	buf_clear(&b);
	assert_false(contains(&b, "ssw"));
	buf_puts(&b, "password");
	buf_truncate(&b, 2);
	assert_false(contains(&b, "ssw"));
	buf_clear(&b);
	/* Moving down must not leave a copy behind. */
	for (int i = 0; i < 100; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "password");
	buf_consume(&b, 100);
	assert_true(buf_append(&b, "0123456789012345678901234567", 28));
	assert_int_equal(b.head, 0);
	buf_consume(&b, 8);
	buf_truncate(&b, 1);
	buf_consume(&b, 1);
	assert_false(contains(&b, "ssw"));
	buf_release(&b);
	assert_true(b.secret);
}

/* A small generator with a fixed seed, so that a failure repeats. */
static unsigned random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

enum { MODEL_MAX = 700 };

static void walk_step(struct buf *b, unsigned char *model, uint32_t *seed)
{
	unsigned char data[100];
	size_t n = random_next(seed) % sizeof data;
	size_t len = b->len;

	for (size_t i = 0; i < n; i++)
		data[i] = (unsigned char)random_next(seed);
	switch (random_next(seed) % 4) {
	case 0:
	case 1:
		if (!buf_append(b, data, n)) {
			assert_true(n > MODEL_MAX - len);
			buf_clear(b);
			return;
		}
		memcpy(model + len, data, n);
		break;
	case 2:
		n = n < len ? n : len;
		buf_consume(b, n);
		memmove(model, model + n, len - n);
		break;
	default:
		assert_non_null(buf_cstr(b));
		assert_int_equal(buf_cstr(b)[len], '\0');
		break;
	}
}

static void random_walk_agrees_with_the_model(void **state)
{
	static unsigned char model[MODEL_MAX + 100];

	(void)state;
	for (uint32_t round = 0; round < 20; round++) {
		uint32_t seed = round;
		struct buf b;

		if (round % 2)
			buf_init_secret(&b, MODEL_MAX);
		else
			buf_init(&b, MODEL_MAX);
		for (int i = 0; i < 5000; i++) {
			walk_step(&b, model, &seed);
			assert_true(b.len <= MODEL_MAX);
			assert_true(b.cap <= MODEL_MAX + 1);
			assert_memory_equal(buf_head(&b), model, b.len);
		}
		buf_release(&b);
	}
}

static void storage_grows_by_doubling(void **state)
{
	struct buf b;
	size_t growths = 0;
	size_t cap = 0;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 1000000; i++) {
		assert_true(buf_putc(&b, 'x'));
		growths += b.cap != cap ? 1 : 0;
		cap = b.cap;
	}
	assert_true(growths < 20);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_buffer_has_valid_views),
	    cmocka_unit_test(append_is_all_or_nothing),
	    cmocka_unit_test(sizes_do_not_wrap),
	    cmocka_unit_test(numbers_are_decimal),
	    cmocka_unit_test(taken_block_is_the_callers),
	    cmocka_unit_test(reserved_room_counts_when_committed),
	    cmocka_unit_test(secrets_are_wiped),
	    cmocka_unit_test(random_walk_agrees_with_the_model),
	    cmocka_unit_test(storage_grows_by_doubling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
