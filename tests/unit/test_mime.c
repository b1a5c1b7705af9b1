/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_mime.c - bodies that cannot be sent as they are
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What is encoded, how it is labelled, what is left alone and what is refused:
 * servers without 8BITMIME, long lines, NUL, binary, signatures. RFC 2045,
 * 2046, 6152 3; threats X-36.
 */
#include "mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "compose_fixture.h"
#include "text.h"

#define TEXT(s) s, sizeof s - 1

static int begin(void **state)
{
	(void)state;
	plain_settings();
	return 0;
}

static int begin_seven_bit(void **state)
{
	begin(state);
	settings.seven_bit = true;
	return 0;
}

struct entity_case {
	const char *header;
	enum mime_kind kind;
	enum mime_encoding encoding;
	const char *boundary;
};

#define TYPE "Content-Type: "
#define CTE "Content-Transfer-Encoding: "

/* clang-format off */
static const struct entity_case entities[] = {
	{ "", MIME_TEXT, MIME_7BIT, "" },
	{ "A: 1\n", MIME_TEXT, MIME_7BIT, "" },
	{ TYPE "text/plain\n", MIME_TEXT, MIME_7BIT, "" },
	{ TYPE "TEXT/HTML; charset=x\n", MIME_TEXT, MIME_7BIT, "" },
	{ TYPE "text\n", MIME_TEXT, MIME_7BIT, "" },
	{ TYPE "?\n", MIME_TEXT, MIME_7BIT, "" },
	{ TYPE "image/png\n", MIME_DATA, MIME_7BIT, "" },
	{ TYPE "textual/plain\n", MIME_DATA, MIME_7BIT, "" },
	{ "content-type : image/png\n" CTE "BASE64\n",
	  MIME_DATA, MIME_BASE64, "" },
	{ CTE "(a) 8bit (b)\n", MIME_TEXT, MIME_8BIT, "" },
	{ CTE "7bit\n", MIME_TEXT, MIME_7BIT, "" },
	{ CTE "binary\n", MIME_TEXT, MIME_BINARY, "" },
	{ CTE "Quoted-Printable\n", MIME_TEXT, MIME_QUOTED, "" },
	{ CTE "x-uuencode\n", MIME_TEXT, MIME_UNKNOWN, "" },
	{ CTE "\n", MIME_TEXT, MIME_UNKNOWN, "" },
	{ CTE "8bit\n" CTE "base64\n", MIME_TEXT, MIME_8BIT, "" },
	{ TYPE "multipart/mixed; boundary=a\n", MIME_MULTIPART, MIME_7BIT, "a" },
	{ TYPE "multipart/mixed;\n\tBoundary=\"a b\\\"c\"\n",
	  MIME_MULTIPART, MIME_7BIT, "a b\"c" },
	{ TYPE "multipart (x;boundary=n) / (y) mixed ; a=\";boundary=m\" ;"
	  " boundary = (z) b\n", MIME_MULTIPART, MIME_7BIT, "b" },
	{ TYPE "multipart/mixed; x-boundary=n; boundary=\"b  \"\n",
	  MIME_MULTIPART, MIME_7BIT, "b" },
	{ TYPE "multipart/mixed;;boundary='b'\n",
	  MIME_MULTIPART, MIME_7BIT, "'b'" },
	{ TYPE "multipart/mixed\n", MIME_SEALED, MIME_7BIT, "" },
	/* RFC 2231: in sections, in any order, and with %XX. */
	{ TYPE "multipart/mixed; boundary*0=a; boundary*1=\"b c\"\n",
	  MIME_MULTIPART, MIME_7BIT, "ab c" },
	{ TYPE "multipart/mixed; boundary*1=b;\n x=y; BOUNDARY*0=a\n",
	  MIME_MULTIPART, MIME_7BIT, "ab" },
	{ TYPE "multipart/mixed; boundary*=us-ascii'en'a%3Db%2f\n",
	  MIME_MULTIPART, MIME_7BIT, "a=b/" },
	{ TYPE "multipart/mixed; boundary*0*=''%41; boundary*1=%42;"
	  " boundary*2*=%43\n", MIME_MULTIPART, MIME_7BIT, "A%42C" },
	{ TYPE "multipart/mixed; boundary*0=a; boundary=b\n",
	  MIME_MULTIPART, MIME_7BIT, "b" },
	{ TYPE "multipart/mixed; boundary*1=b\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "multipart/mixed; boundary*=a%3D\n", MIME_SEALED, MIME_7BIT,
	  "" },
	{ TYPE "multipart/mixed; boundary*=''a%3\n", MIME_SEALED, MIME_7BIT,
	  "" },
	{ TYPE "multipart/mixed; boundary*=''a%0Ab\n", MIME_SEALED, MIME_7BIT,
	  "" },
	{ TYPE "multipart/mixed; boundary*0*=''%E4\n", MIME_SEALED, MIME_7BIT,
	  "" },
	{ TYPE "multipart/mixed; boundary=\"\"\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "multipart/mixed; boundary=\"a\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "multipart/mixed; boundary=\xE4\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "multipart/signed; boundary=b\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "multipart/ENCRYPTED; boundary=b\n" CTE "8bit\n",
	  MIME_SEALED, MIME_8BIT, "" },
	{ TYPE "message/rfc822\n", MIME_MESSAGE, MIME_7BIT, "" },
	{ TYPE "message/global\n", MIME_MESSAGE, MIME_7BIT, "" },
	{ TYPE "message/partial\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "message/delivery-status\n", MIME_SEALED, MIME_7BIT, "" },
	{ TYPE "text/plain\n" TYPE "image/png\n", MIME_TEXT, MIME_7BIT, "" },
};
/* clang-format on */

static void reads_headers(void **state)
{
	struct mime_entity e;

	(void)state;
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
		const struct entity_case *c = &entities[i];

		assert_true(
		    mime_entity_parse(&e, c->header, strlen(c->header), false));
		if (e.kind != c->kind || e.encoding != c->encoding)
			print_error("given: %s", c->header);
		assert_int_equal(e.kind, c->kind);
		assert_int_equal(e.encoding, c->encoding);
		assert_string_equal(e.boundary, c->boundary);
		assert_int_equal(e.kind == MIME_SEALED, e.seal != NULL);
	}
	assert_true(mime_entity_parse(&e, "", 0, true));
	assert_int_equal(e.kind, MIME_MESSAGE);
	assert_true(mime_entity_parse(&e, TEXT(TYPE "text/x\n"), true));
	assert_int_equal(e.kind, MIME_TEXT);
}

struct body_case {
	const char *given;
	size_t n;
	const char *sent;
};

static void check(const struct body_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *content = content_of(c[i].given, c[i].n);

		if (strcmp(content, c[i].sent) != 0)
			print_error("given: %s", c[i].given);
		assert_string_equal(content, c[i].sent);
		free(content);
	}
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof(cases)[0])

#define AE "\xC3\xA4"
#define MIXED TYPE "multipart/mixed; boundary=b\r\n"
#define NOTHING_8BIT CTE "7bit\r\n"
#define QUOTED CTE "quoted-printable\r\n"

/* clang-format off */
static const struct body_case for_seven_bit[] = {
	/* A body that says nothing of itself. */
	{ TEXT("A: 1\n\n" AE "\n"),
	  "A: 1\r\nMIME-Version: 1.0\r\n" TYPE "text/plain; charset=utf-8\r\n"
	  QUOTED "\r\n=C3=A4\r\n" },
	{ TEXT("A: 1\n\n\xE4 \nb=c\r\n\rx"),
	  "A: 1\r\nMIME-Version: 1.0\r\n" TYPE "text/plain; "
	  "charset=unknown-8bit\r\n" QUOTED
	  "\r\n=E4=20\r\nb=3Dc\r\n\r\nx\r\n" },
	{ TEXT("A: 1\n\na\n"), "A: 1\r\n\r\na\n" },
	/* One that does. */
	{ TEXT(TYPE "text/x\n" CTE "8bit\nMime-Version: 1.0\n\n" AE "\n"),
	  TYPE "text/x\r\n" QUOTED "Mime-Version: 1.0\r\n\r\n=C3=A4\r\n" },
	{ TEXT(TYPE "text/x\n" CTE "8bit\n" CTE "8bit\n\n" AE "\n"),
	  TYPE "text/x\r\n" QUOTED "MIME-Version: 1.0\r\n\r\n=C3=A4\r\n" },
	{ TEXT(TYPE "image/x\n" CTE "8bit\n\n" AE "\n\n"),
	  TYPE "image/x\r\n" CTE "base64\r\nMIME-Version: 1.0\r\n\r\n"
	  "w6QKCg==\r\n" },
	{ TEXT(CTE "quoted-printable\n\n=41" AE "= \n=\nb\t\n"),
	  CTE "quoted-printable\r\n\r\n=41=C3=A4= \r\n=\r\nb\t\r\n" },
	/* Parts: what need not change does not, but for its label. */
	{ TEXT(MIXED "\n--b\n" CTE "8bit\n\n" AE "\n--b\n" CTE "8bit\n\nx\n"
	       "--b\nA: 1\n\ny \n\n--b--\n"),
	  MIXED "\r\n--b\r\n" QUOTED "\r\n=C3=A4\r\n--b\r\n" NOTHING_8BIT
	  "\r\nx\r\n--b\r\nA: 1\r\n\r\ny \r\n\r\n--b--\r\n" },
	{ TEXT(CTE "8BIT\n" MIXED "\n--b\n\n" AE "\n--b--"),
	  NOTHING_8BIT MIXED "\r\n--b\r\n" QUOTED "\r\n=C3=A4\r\n--b--\r\n" },
	{ TEXT(MIXED "\npre\n--b\n" TYPE "image/x\n\n" AE "\n--b--\nepi\n"),
	  MIXED "\r\npre\r\n--b\r\n" TYPE "image/x\r\n" CTE "base64\r\n\r\n"
	  "w6Q=\r\n--b--\r\nepi\r\n" },
	/* Readers pass over what stands around the parts. */
	{ TEXT(MIXED "\n" AE "\n--b\n\nx\n--b--\n" AE "\n"),
	  MIXED "\r\n??\r\n--b\r\n\r\nx\r\n--b--\r\n??\r\n" },
	{ TEXT(MIXED "\n" AE "\n"), MIXED "\r\n??\r\n" },
	/* Headers of parts. */
	{ TEXT(MIXED "\n--b\n" TYPE "text/x; name=\"" AE "\"\n"
	       "Content-Description: " AE "\n\nx\n--b--\n"),
	  MIXED "\r\n--b\r\n" TYPE "text/x;\r\n name*=utf-8''%C3%A4\r\n"
	  "Content-Description: =?UTF-8?B?w6Q=?=\r\n\r\nx\r\n--b--\r\n" },
	/* A part without an empty line, and one without anything. */
	{ TEXT(MIXED "\n--b\nno field " AE "\n--b\n--b\nA: 1\n--b--\n"),
	  MIXED "\r\n--b\r\n" QUOTED "\r\nno field =C3=A4\r\n--b\r\n--b\r\n"
	  "A: 1\r\n--b--\r\n" },
	/* Messages in messages. */
	{ TEXT(TYPE "message/rfc822\n\nFrom: " AE " <a@x.example>\n\n" AE "\n"),
	  TYPE "message/rfc822\r\n\r\n"
	  "From: =?UTF-8?B?w6Q=?= <a@x.example>\r\nMIME-Version: 1.0\r\n"
	  QUOTED "\r\n=C3=A4\r\n" },
	{ TEXT(TYPE "multipart/digest; boundary=b\n\n--b\n\nA: 1\n\n" AE
	       "\n--b--\n"),
	  TYPE "multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nA: 1\r\n"
	  "MIME-Version: 1.0\r\n" QUOTED "\r\n=C3=A4\r\n--b--\r\n" },
	/* Delimiters of any level, and their like. */
	{ TEXT(MIXED "\n--b \t\n" TYPE "multipart/x; boundary=bb\n\n--bb\n\n" AE
	       "\n--bc\n--bb-\n--b\n\n" AE "\n--bb\n--b--"),
	  MIXED "\r\n--b \t\r\n" TYPE "multipart/x; boundary=bb\r\n\r\n--bb\r\n"
	  QUOTED "\r\n=C3=A4\r\n--bc\r\n--bb-\r\n--b\r\n" QUOTED
	  "\r\n=C3=A4\r\n--bb\r\n--b--\r\n" },
	/* Signed, but in need of nothing. */
	{ TEXT(MIXED "\n--b\n\n" AE "\n--b\n" TYPE
	       "multipart/signed; boundary=s\n" CTE "8bit\n\n--s\n" CTE
	       "8bit\n\nx \n--s--\n\n--b--\n"),
	  MIXED "\r\n--b\r\n" QUOTED "\r\n=C3=A4\r\n--b\r\n" TYPE
	  "multipart/signed; boundary=s\r\n" NOTHING_8BIT "\r\n--s\r\n" CTE
	  "8bit\r\n\r\nx \r\n--s--\r\n\r\n--b--\r\n" },
};

static const struct body_case for_nul[] = {
	{ TEXT("A: 1\n\na long line of text \0\n"),
	  "A: 1\r\nMIME-Version: 1.0\r\n" TYPE "text/plain; "
	  "charset=us-ascii\r\n" QUOTED "\r\na long line of text =00\r\n" },
	{ TEXT(TYPE "text/x; charset=utf-16\n\na\0\n\0"),
	  TYPE "text/x; charset=utf-16\r\nMIME-Version: 1.0\r\n" CTE
	  "base64\r\n\r\nYQAKAA==\r\n" },
	{ TEXT(TYPE "image/x\n\n\0\r\n"), TYPE "image/x\r\n"
	  "MIME-Version: 1.0\r\n" CTE "base64\r\n\r\nAA0K\r\n" },
	{ TEXT(CTE "base64\n\nYQ\0==\n"), CTE "base64\r\n\r\nYQ==\r\n" },
	{ TEXT(MIXED "\n\0\n--b\n\n" AE "\n--b--\n"),
	  MIXED "\r\n\r\n--b\r\n\r\n" AE "\r\n--b--\r\n" },
};

static const struct body_case for_binary[] = {
	{ TEXT(CTE "binary\n\na\n"), CTE "8bit\r\n\r\na\n" },
	{ TEXT(CTE "Binary\n\n" AE "\n"), CTE "8bit\r\n\r\n" AE "\n" },
	{ TEXT(CTE "binary\n" MIXED "\n--b\n" CTE "binary\n\na \n--b\n" CTE
	       "7bit\n\nb\n--b--\n"),
	  CTE "8bit\r\n" MIXED "\r\n--b\r\n" CTE "8bit\r\n\r\na \r\n--b\r\n" CTE
	  "7bit\r\n\r\nb\r\n--b--\r\n" },
};
/* clang-format on */

static void makes_seven_bits(void **state)
{
	(void)state;
	CHECK(for_seven_bit);
}

static void keeps_nul_in_an_encoding(void **state)
{
	(void)state;
	CHECK(for_nul);
}

static void relabels_binary(void **state)
{
	(void)state;
	CHECK(for_binary);
}

#define SIGNED TYPE "multipart/signed; boundary=s\r\n"
#define DKIM "DKIM-Signature: v=1\r\n"

/* clang-format off */
static const struct {
	const char *given;
	size_t n;
	const char *why; /* without 8BITMIME; NULL: it is sent */
	const char *always; /* with it */
} refusals[] = {
	{ TEXT(SIGNED "\n--s\n\n" AE "\n--s--\n"), "signed part", NULL },
	{ TEXT(MIXED "\n--b\n" SIGNED "\n--s\n\n" AE "\n--s--\n--b--\n"),
	  "signed part", NULL },
	{ TEXT(SIGNED "\n--s\n\n\0\n--s--\n"), "signed part", "signed part" },
	{ TEXT(TYPE "multipart/encrypted; boundary=s\n\n" AE "\n"),
	  "encrypted part", NULL },
	{ TEXT(DKIM "\n" AE "\n"), "signature covers", NULL },
	{ TEXT(DKIM MIXED "\n" AE "\n--b\n\na\n--b--\n"), "signature covers",
	  NULL },
	{ TEXT(DKIM "\na\n"), NULL, NULL },
	{ TEXT(DKIM "\n\0\n"), "signature covers", "signature covers" },
	{ TEXT(TYPE "multipart/mixed\n\n" AE "\n"), "without a boundary", NULL },
	{ TEXT(TYPE "message/partial\n\n" AE "\n"), "may not be encoded", NULL },
	{ TEXT(CTE "base64\n\n" AE "\n"), "base64", NULL },
	{ TEXT(CTE "x-uuencode\n\n" AE "\n"), "unknown encoding", NULL },
	{ TEXT(TYPE "message/rfc822\n\nTo: " AE "@x.example\n\nx\n"),
	  "SMTPUTF8", NULL },
};
/* clang-format on */

static void check_refusal(const char *why)
{
	enum compose_result result = compose();

	assert_int_equal(result, why == NULL ? COMPOSED : COMPOSE_REFUSED);
	assert_int_equal(complaints.n, why == NULL ? 0 : 1);
	if (why != NULL && strstr(complaints.line[0], why) == NULL)
		fail_msg("'%s' in '%s'", why, complaints.line[0]);
	composed_free(composed);
	composed = NULL;
	diagnostics_release(&complaints);
}

static void refuses_what_may_not_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		take_message(refusals[i].given, refusals[i].n);
		settings.seven_bit = true;
		check_refusal(refusals[i].why);
		settings.seven_bit = false;
		check_refusal(refusals[i].always);
		drop_all();
	}
}

/* Header and n octets of 'x' in one line, and what leaves of it. */
static char *long_line(const char *header, const char *tail, size_t n)
{
	size_t len = strlen(header) + n + strlen(tail);
	char *text = malloc(len + 1);
	char *content;

	assert_non_null(text);
	snprintf(text, len + 1, "%s%*s%s", header, (int)n, "", tail);
	memset(text + strlen(header), 'x', n);
	content = content_of(text, len);
	free(text);
	return content;
}

static void quotes_long_lines_of_text(void **state)
{
	static const char *const headers[] = {"A: 1\n\n", TYPE "text/x\n\n",
	    CTE "binary\n\n", CTE "8bit\n" TYPE "text/x\n\n",
	    CTE "quoted-printable\n\n"};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		char *content = long_line(headers[i], "\n", 998);

		assert_null(strstr(content, "=\r\n"));
		free(content);
		content = long_line(headers[i], "\n", 999);
		assert_non_null(strstr(content, QUOTED));
		for (char *at = strstr(content, "\r\n\r\n") + 4; *at != '\0';) {
			size_t n = strcspn(at, "\r");

			assert_true(n <= 76);
			at += n + 2;
		}
		free(content);
	}
}

/* Long lines alone never make a message fail. */
static void leaves_other_long_lines(void **state)
{
	static const char *const headers[] = {TYPE "image/x\n\n",
	    SIGNED "\n--s\n\n", CTE "x-any\n\n", DKIM "\n",
	    TYPE "multipart/x\n\n", MIXED "\n--b\n" TYPE "image/x\n\n",
	    MIXED "\n--b\n" SIGNED "\n--s\n\n", MIXED "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		const char *tail = "\n--s--\n--b--\n";
		char *content = long_line(headers[i], tail, 5000);
		size_t n = strlen(content);

		assert_null(strstr(content, "quoted-printable"));
		assert_null(strstr(content, "base64"));
		assert_int_equal(strspn(strstr(content, "xxxx"), "x"), 5000);
		assert_string_equal(content + n - strlen(tail), tail);
		free(content);
	}
}

static void wraps_base64(void **state)
{
	char *content = long_line(CTE "base64\n\n", "\n", 1000);
	char *at = strstr(content, "\r\n\r\n") + 4;

	(void)state;
	for (size_t i = 0; i < 13; i++, at += 78)
		assert_int_equal(strcspn(at, "\r"), 76);
	assert_string_equal(at, "xxxxxxxxxxxx\r\n");
	free(content);
}

/* deeper, and more, than any mail; nothing recurses. */
static void bounds_depth(void **state)
{
	struct buf text;

	(void)state;
	for (size_t depth = 62; depth < 67; depth++) {
		bool fits = depth <= MIME_DEPTH_MAX;

		buf_init(&text, 1 << 24);
		for (size_t i = 0; i < depth; i++)
			buf_puts(&text, TYPE "message/rfc822\n\n");
		buf_puts(&text, "A: 1\n\n" AE "\n");
		take_message((const char *)buf_head(&text), text.len);
		assert_int_equal(compose(), fits ? COMPOSED : COMPOSE_REFUSED);
		assert_int_equal(complaints.n, !fits);
		if (!fits)
			assert_non_null(
			    strstr(complaints.line[0], "nested too deep"));
		drop_all();
		buf_release(&text);
	}
}

static void bounds_parts(void **state)
{
	struct buf text;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		buf_init(&text, 1 << 24);
		buf_puts(&text, MIXED "\n");
		for (size_t i = 0; i < MIME_PARTS_MAX + more; i++)
			buf_puts(&text, "--b\n\n" AE "\n");
		take_message((const char *)buf_head(&text), text.len);
		assert_int_equal(
		    compose(), more == 0 ? COMPOSED : COMPOSE_REFUSED);
		drop_all();
		settings.seven_bit = false;
		take_message((const char *)buf_head(&text), text.len);
		assert_int_equal(compose(), COMPOSED);
		drop_all();
		settings.seven_bit = true;
		buf_release(&text);
	}
}

static void bounds_headers_of_parts(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	buf_puts(&text, MIXED "\n--b\n");
	for (size_t i = 0; i < 30000; i++)
		buf_puts(&text, "X-Any: forty octets of a field or so\n");
	buf_puts(&text, "\n" AE "\n--b--\n");
	take_message((const char *)buf_head(&text), text.len);
	check_refusal("huge header");
	settings.seven_bit = false;
	check_refusal(NULL);
	drop_all();
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(reads_headers, begin),
	    cmocka_unit_test_setup(makes_seven_bits, begin_seven_bit),
	    cmocka_unit_test_setup(keeps_nul_in_an_encoding, begin),
	    cmocka_unit_test_setup(relabels_binary, begin),
	    cmocka_unit_test_setup(refuses_what_may_not_change, begin),
	    cmocka_unit_test_setup(quotes_long_lines_of_text, begin),
	    cmocka_unit_test_setup(leaves_other_long_lines, begin),
	    cmocka_unit_test_setup(wraps_base64, begin),
	    cmocka_unit_test_setup(bounds_depth, begin_seven_bit),
	    cmocka_unit_test_setup(bounds_parts, begin_seven_bit),
	    cmocka_unit_test_setup(bounds_headers_of_parts, begin_seven_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
