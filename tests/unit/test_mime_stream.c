/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_mime_stream.c - what is encoded decodes to what it was
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The encoders over all short texts, whole messages with random parts at
 * random depth, and delimiters at every place around a block's end. The
 * decoders here are the test's own. RFC 2045 6.7, 6.8; RFC 1870.
 */
#include "mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "compose_fixture.h"
#include "mime_encode.h"
#include "text.h"

static int hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	assert_non_null(at);
	return (int)(at - digits);
}

/* RFC 2045 6.7, strictly: what an encoder may not write fails the test. */
static void decode_quoted(struct buf *out, const char *s, size_t n)
{
	size_t line = 0;

	for (size_t i = 0; i < n; i++, line++) {
		assert_true(line <= 76);
		if (s[i] == '\r') {
			assert_true(i + 1 < n && s[i + 1] == '\n');
			assert_true(
			    i == 0 || (s[i - 1] != ' ' && s[i - 1] != '\t'));
			buf_puts(out, "\r\n");
			i++;
			line = (size_t)-1;
		} else if (s[i] != '=') {
			assert_true(
			    (s[i] >= ' ' && s[i] < 0x7F) || s[i] == '\t');
			buf_putc(out, (unsigned char)s[i]);
		} else if (s[i + 1] == '\r') {
			assert_true(s[i + 2] == '\n');
			i += 2;
			line = (size_t)-1;
		} else {
			buf_putc(out, (unsigned char)(hex(s[i + 1]) * 16 +
						      hex(s[i + 2])));
			i += 2;
			line += 2;
		}
	}
}

static void decode_64(struct buf *out, const char *s, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, held = 0;
	size_t line = 0;

	for (size_t i = 0; i < n; i++, line++) {
		const char *at = strchr(letters, s[i]);

		if (s[i] == '\r' || s[i] == '\n') {
			line = (size_t)-1;
			continue;
		}
		assert_true(line < 76);
		if (s[i] == '=')
			continue;
		assert_non_null(at);
		bits = (bits << 6 | (unsigned)(at - letters)) & 0xFFFFFF;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_putc(out, (unsigned char)(bits >> held));
		}
	}
}

/* LF, CRLF and CR end a line: CRLF. */
static void normalise(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\r' && s[i] != '\n') {
			buf_putc(out, (unsigned char)s[i]);
			continue;
		}
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			i++;
		buf_puts(out, "\r\n");
	}
}

/* Feeds lines of text, ended by LF, in pieces of at most step octets. */
static void encode_pieces(struct buf *out, enum mime_action action,
    const struct buf *text, size_t step)
{
	const char *s = (const char *)buf_head(text);
	struct mime_encoder e;

	mime_encoder_init(&e, action);
	for (size_t i = 0, n; i < text->len; i += n) {
		n = 1;
		if (s[i] == '\n') {
			mime_encode_line_end(&e, out, "\n", 1);
			continue;
		}
		while (n < step && i + n < text->len && s[i + n] != '\n')
			n++;
		mime_encode(&e, out, s + i, n);
	}
	mime_encode_finish(&e, out);
}

/* Pieces of any size give the same octets. */
static void encode(
    struct buf *out, enum mime_action action, const char *s, size_t n)
{
	struct buf text, other;

	buf_init(&text, 1 << 20);
	buf_init(&other, 1 << 20);
	buf_append(&text, s, n);
	encode_pieces(out, action, &text, 1);
	for (size_t step = 2; step < 80; step = step * 3 - 1) {
		buf_clear(&other);
		encode_pieces(&other, action, &text, step);
		assert_int_equal(other.len, out->len);
		assert_memory_equal(buf_head(&other), buf_head(out), out->len);
	}
	buf_release(&text);
	buf_release(&other);
}

static void assert_same(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(buf_head(a), buf_head(b), a->len);
}

static void quotes_all_short_texts(void **state)
{
	static const char letters[] = " a=-\xE4\n";
	struct buf text, plain, sent, wanted;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&plain, 4096);
	buf_init(&sent, 4096);
	buf_init(&wanted, 4096);
	for (unsigned long k = 0; k < 6UL * 6 * 6 * 6 * 6 * 6; k++) {
		buf_clear(&text);
		buf_clear(&sent);
		buf_clear(&plain);
		buf_clear(&wanted);
		/* Around the place where a line must end, too. */
		for (unsigned long i = 0; i < 71 * (k & 1); i++)
			buf_putc(&text, 'x');
		for (unsigned long rest = k; rest > 0; rest /= 6)
			buf_putc(&text, (unsigned char)letters[rest % 6]);
		encode(&sent, MIME_TO_QUOTED, (const char *)buf_head(&text),
		    text.len);
		decode_quoted(&plain, (const char *)buf_head(&sent), sent.len);
		normalise(&wanted, (const char *)buf_head(&text), text.len);
		assert_same(&plain, &wanted);
	}
	buf_release(&text);
	buf_release(&plain);
	buf_release(&sent);
	buf_release(&wanted);
}

/* A line that goes on never looks like a delimiter. */
static void begins_no_continuation_with_hyphens(void **state)
{
	char text[200];
	struct buf sent;

	(void)state;
	memset(text, '-', sizeof text);
	buf_init(&sent, 4096);
	encode(&sent, MIME_TO_QUOTED, text, sizeof text);
	buf_putc(&sent, '\0');
	assert_null(strstr((const char *)buf_head(&sent), "\n-"));
	buf_release(&sent);
}

static void encodes_every_length(void **state)
{
	char text[300];
	struct buf sent, plain;

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 37 + 11);
	buf_init(&sent, 4096);
	buf_init(&plain, 4096);
	for (size_t n = 0; n < sizeof text; n++) {
		buf_clear(&sent);
		buf_clear(&plain);
		encode(&sent, MIME_TO_BASE64, text, n);
		decode_64(&plain, (const char *)buf_head(&sent), sent.len);
		assert_int_equal(plain.len, n);
		assert_memory_equal(buf_head(&plain), text, n);
	}
	buf_release(&sent);
	buf_release(&plain);
}

/* Already encoded, with what may not be in it: a decoder sees no difference
 * but the escapes. */
static void requotes_without_breaking_escapes(void **state)
{
	struct buf text, sent, plain;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&sent, 4096);
	buf_init(&plain, 4096);
	for (size_t shift = 0; shift < 80; shift++) {
		buf_clear(&text);
		buf_clear(&sent);
		buf_clear(&plain);
		for (size_t i = 0; i < shift; i++)
			buf_putc(&text, 'x');
		for (size_t i = 0; i < 100; i++)
			buf_puts(&text, "=41");
		buf_puts(&text, "\xE4\n");
		encode(&sent, MIME_REQUOTE, (const char *)buf_head(&text),
		    text.len);
		decode_quoted(&plain, (const char *)buf_head(&sent), sent.len);
		assert_int_equal(plain.len, shift + 100 + 1 + 2);
		assert_int_equal(buf_head(&plain)[shift + 100], 0xE4);
		assert_int_equal(buf_head(&plain)[shift + 99], 'A');
	}
	buf_release(&text);
	buf_release(&sent);
	buf_release(&plain);
}

/* --- whole messages ------------------------------------------------------ */

static uint32_t seed;

static uint32_t chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

enum { LEAVES_MAX = 64 };

struct leaf {
	char *text;
	size_t n;
	bool data; /* not text */
	char boundary[16];
};

static struct leaf leaves[LEAVES_MAX];
static size_t n_leaves;

static void random_text(struct buf *out, struct leaf *leaf)
{
	static const char *const pieces[] = {"a", "--", " ", "\xC3\xA4", "\n",
	    "\r\n", "=", "--b", "\t", ".", "\r", "word", "\xE4"};
	size_t start = out->len;
	uint32_t n = chance(40);

	if (chance(8) == 0)
		for (uint32_t i = chance(3000); i > 0; i--)
			buf_putc(out, 'y');
	while (n-- > 0)
		buf_puts(out, pieces[chance(sizeof pieces / sizeof *pieces)]);
	/* A CR at the end would be one line end with what follows. */
	buf_puts(out, "z");
	leaf->n = out->len - start;
	leaf->text = malloc(leaf->n);
	assert_non_null(leaf->text);
	memcpy(leaf->text, buf_head(out) + start, leaf->n);
}

static void random_leaf(struct buf *out, const char *boundary)
{
	struct leaf *leaf = &leaves[n_leaves];

	leaf->data = chance(3) == 0;
	snprintf(leaf->boundary, sizeof leaf->boundary, "%s", boundary);
	if (leaf->data)
		buf_puts(out, "Content-Type: image/x\n");
	if (chance(2) == 0)
		buf_puts(out, "content-transfer-encoding : 8bit\r\n");
	buf_puts(out, "X-Leaf: ");
	buf_number(out, n_leaves++);
	buf_puts(out, chance(2) == 0 ? "\n\n" : "\r\n\r\n");
	random_text(out, leaf);
}

/* One multipart's fields and parts; grows other ones inside, to depth. */
static void random_multipart(struct buf *out, unsigned depth)
{
	char boundary[16];
	uint32_t parts = 1 + chance(4);

	snprintf(boundary, sizeof boundary, "b%u-%u", depth, chance(1000));
	buf_puts(out, "Content-Type: multipart/x; boundary=");
	buf_puts(out, boundary);
	buf_puts(out, "\n\npreamble");
	for (uint32_t i = 0; i < parts && n_leaves < LEAVES_MAX; i++) {
		buf_puts(out, "\n--");
		buf_puts(out, boundary);
		buf_puts(out, "\n");
		if (depth < 4 && chance(3) == 0)
			random_multipart(out, depth + 1);
		else
			random_leaf(out, boundary);
	}
	buf_puts(out, "\n--");
	buf_puts(out, boundary);
	buf_puts(out, "--");
}

static const char *find(const char *s, size_t n, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= n; i++)
		if (memcmp(s + i, what, len) == 0)
			return s + i;
	return NULL;
}

static void check_leaf(const struct buf *sent, size_t i)
{
	const struct leaf *leaf = &leaves[i];
	const char *all = (const char *)buf_head(sent);
	const char *stop = all + sent->len;
	char mark[32], close[32];
	const char *header, *body, *end;
	struct buf plain, wanted;

	snprintf(mark, sizeof mark, "X-Leaf: %zu\r\n", i);
	snprintf(close, sizeof close, "\r\n--%s", leaf->boundary);
	header = find(all, sent->len, mark);
	assert_non_null(header);
	body = find(header, (size_t)(stop - header), "\r\n\r\n");
	assert_non_null(body);
	/* The label stands behind the mark, or at most 60 before it. */
	while (header > all && memcmp(header, "\r\n--", 4) != 0)
		header--;
	end = find(body + 2, (size_t)(stop - body - 2), close);
	assert_non_null(end);
	buf_init(&plain, 1 << 20);
	buf_init(&wanted, 1 << 20);
	if (find(header, (size_t)(body - header), "base64") != NULL) {
		assert_true(leaf->data);
		decode_64(&plain, body + 4, (size_t)(end - body - 4));
		buf_append(&wanted, leaf->text, leaf->n);
	} else {
		normalise(&wanted, leaf->text, leaf->n);
		if (find(header, (size_t)(body - header), "quoted") != NULL)
			decode_quoted(
			    &plain, body + 4, (size_t)(end - body - 4));
		else
			buf_append(&plain, body + 4, (size_t)(end - body - 4));
	}
	assert_same(&plain, &wanted);
	buf_release(&plain);
	buf_release(&wanted);
}

static void check_wire(const struct buf *sent)
{
	const char *all = (const char *)buf_head(sent);

	assert_int_equal(sent->len, composed_size(composed));
	assert_int_equal(
	    composed_eight_bit(composed), !text_is_ascii(all, sent->len));
	if (settings.seven_bit)
		assert_false(composed_eight_bit(composed));
}

static void read_normalised(struct buf *out)
{
	struct buf came;

	buf_init(&came, 1 << 24);
	read_all(&came);
	normalise(out, (const char *)buf_head(&came), came.len);
	if (out->len > 0 && buf_head(out)[out->len - 1] != '\n')
		buf_puts(out, "\r\n");
	buf_release(&came);
}

static void loses_nothing_in_any_tree(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 1500; i++) {
		struct buf text, sent;

		seed = i * 2654435761U;
		settings.seven_bit = i % 3 != 0;
		n_leaves = 0;
		buf_init(&text, 1 << 20);
		buf_init(&sent, 1 << 20);
		random_multipart(&text, 0);
		take_message((const char *)buf_head(&text), text.len);
		assert_int_equal(compose(), COMPOSED);
		read_normalised(&sent);
		check_wire(&sent);
		for (size_t j = 0; j < n_leaves; j++) {
			check_leaf(&sent, j);
			free(leaves[j].text);
		}
		drop_all();
		buf_release(&text);
		buf_release(&sent);
	}
}

/* A delimiter, and CRLF, at every place around the end of a block. */
static void finds_delimiters_at_block_ends(void **state)
{
	enum { BLOCK = 65536, TAIL = 64 };
	char *text = malloc(BLOCK + 1024);
	struct buf sent;

	(void)state;
	assert_non_null(text);
	settings.seven_bit = true;
	for (size_t n = BLOCK - TAIL; n < BLOCK + 8; n++) {
		static const char head[] =
		    "Content-Type: multipart/x; boundary=bound\n\n--bound\n\n";
		static const char tail[] = "\r\n--bound\r\nA: 1\r\n\r\n"
					   "\xE4\r\n--bound--\r\n";
		size_t len = sizeof head - 1;

		memcpy(text, head, len);
		memset(text + len, 'x', n);
		memcpy(text + len + n, tail, sizeof tail - 1);
		take_message(text, len + n + sizeof tail - 1);
		assert_int_equal(compose(), COMPOSED);
		buf_init(&sent, 1 << 20);
		read_all(&sent);
		assert_int_equal(sent.len, composed_size(composed));
		buf_putc(&sent, '\0');
		assert_non_null(strstr((const char *)buf_head(&sent),
		    "\r\n--bound\r\nA: 1\r\n"
		    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		    "=E4\r\n--bound--\r\n"));
		buf_release(&sent);
		drop_all();
	}
	free(text);
}

/* One line of 3 MB, and the memory of a few blocks. */
static void streams_a_body_of_any_size(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	char *text = malloc(SIZE);
	struct buf sent, plain;
	const char *body;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', SIZE);
	memcpy(text, "A: 1\n\n", 6);
	take_message(text, SIZE);
	assert_int_equal(compose(), COMPOSED);
	buf_init(&sent, 1 << 24);
	buf_init(&plain, 1 << 24);
	read_all(&sent);
	assert_int_equal(sent.len, composed_size(composed));
	body = find((const char *)buf_head(&sent), sent.len, "\r\n\r\n");
	assert_non_null(body);
	decode_quoted(&plain, body + 4,
	    sent.len - 4 - (size_t)(body - (const char *)buf_head(&sent)));
	assert_int_equal(plain.len, SIZE - 6 + 2);
	assert_memory_equal(buf_head(&plain), text + 6, SIZE - 6);
	buf_release(&sent);
	buf_release(&plain);
	free(text);
	drop_all();
}

static int begin(void **state)
{
	(void)state;
	plain_settings();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quotes_all_short_texts),
	    cmocka_unit_test(begins_no_continuation_with_hyphens),
	    cmocka_unit_test(encodes_every_length),
	    cmocka_unit_test(requotes_without_breaking_escapes),
	    cmocka_unit_test_setup(loses_nothing_in_any_tree, begin),
	    cmocka_unit_test_setup(finds_delimiters_at_block_ends, begin),
	    cmocka_unit_test_setup(streams_a_body_of_any_size, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
