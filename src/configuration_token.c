/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_token.c - a configuration file cut into tokens
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * libconfuse would cut a bare word at "#", expand ${...} in double quotes,
 * end a value at an escaped NUL and read on behind a missing quote. Each of
 * these is a mistake here, found with its line, before libconfuse sees
 * anything. Escapes mean what they mean there. Never looks at the
 * environment. X-57.
 */
#include "configuration_token.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "configuration_load.h"
#include "text.h"

/* Lines of a file that is no text are all alike. */
enum { OCTET_COMPLAINTS_MAX = 3, WORDS_MAX = 256 };

void tokens_complain(
    const struct tokens *t, unsigned line, const char *format, ...)
{
	char words[WORDS_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	configuration_complain(t->load->d, t->file, line, "%s", words);
}

/* A line on which one of these stands may hold a secret, even if its key is
 * misspelt or its quotes are broken. */
static bool line_speaks_of_secrets(const char *line, size_t n)
{
	static const char *const words[] = {
	    "pass", "pwd", "secret", "token", "text:"};

	for (; n > 0; line++, n--)
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (text_starts_nocase(line, n, words[i]))
				return true;
	return false;
}

bool tokens_hidden(const struct tokens *t, const char *at, unsigned line)
{
	const char *from = at, *to = at;

	if (line <= t->secret_line)
		return true;
	while (from > t->begin && from[-1] != '\n')
		from--;
	while (to < t->end && *to != '\n')
		to++;
	return line_speaks_of_secrets(from, (size_t)(to - from));
}

/* What is wrong with the octets at text, NULL: nothing; *size is how many
 * they are. */
static const char *octet_problem(const char *text, size_t n, size_t *size)
{
	uint32_t c;

	*size = text_utf8_decode(text, n, &c);
	if (*size == 0) {
		*size = 1;
		return "is not UTF-8";
	}
	if (c == '\n' || c == '\t')
		return NULL;
	if (c == '\r' && n > 1 && text[1] == '\n')
		return NULL;
	if (c == 0)
		return "has a NUL";
	if (c < 32 || (c >= 127 && c < 160))
		return "has a control character";
	return NULL;
}

static bool is_text(const struct tokens *t)
{
	unsigned line = 1, complaints = 0, complained = 0;
	size_t size;

	for (const char *p = t->begin; p < t->end; p += size) {
		const char *problem =
		    octet_problem(p, (size_t)(t->end - p), &size);

		if (problem != NULL && complained != line) {
			tokens_complain(t, line, "this line %s", problem);
			complained = line;
			if (++complaints == OCTET_COMPLAINTS_MAX)
				return false;
		}
		if (*p == '\n')
			line++;
	}
	return complaints == 0;
}

bool tokens_init(struct tokens *t, const char *text, size_t n)
{
	/* Editors of other systems put a byte order mark first. */
	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		n -= 3;
	}
	t->begin = t->at = text;
	t->end = text + n;
	t->line = 1;
	t->first = true;
	t->secret_line = 0;
	buf_init_secret(&t->text, CONFIGURATION_VALUE_MAX);
	if (!is_text(t))
		return false;
	tokens_advance(t);
	return true;
}

void tokens_release(struct tokens *t)
{
	buf_release(&t->text);
}

static size_t left(const struct tokens *t)
{
	return (size_t)(t->end - t->at);
}

static bool at_text(const struct tokens *t, const char *what)
{
	size_t n = strlen(what);

	return left(t) >= n && memcmp(t->at, what, n) == 0;
}

static void skip_line(struct tokens *t)
{
	while (t->at < t->end && *t->at != '\n')
		t->at++;
}

static void skip_comment(struct tokens *t)
{
	unsigned line = t->line;

	for (t->at += 2; !at_text(t, "*/"); t->at++) {
		if (t->at == t->end) {
			tokens_complain(t, line,
			    "the comment that opens here "
			    "is not closed");
			return;
		}
		if (*t->at == '\n') {
			t->line++;
			t->first = true;
		}
	}
	t->at += 2;
}

static void skip_blank(struct tokens *t)
{
	while (t->at < t->end) {
		if (*t->at == '\n') {
			t->line++;
			t->first = true;
			t->at++;
		} else if (*t->at == ' ' || *t->at == '\t' || *t->at == '\r') {
			t->at++;
		} else if (*t->at == '#' || at_text(t, "//")) {
			skip_line(t);
		} else if (at_text(t, "/*")) {
			skip_comment(t);
		} else {
			return;
		}
	}
}

static bool ends_token(const struct tokens *t)
{
	return t->at == t->end || strchr(" \t\r\n=,{}", *t->at) != NULL;
}

static bool is_bare(const struct tokens *t)
{
	unsigned char c = (unsigned char)*t->at;

	if (at_text(t, "//") || at_text(t, "/*"))
		return false;
	return text_is_alpha(c) || text_is_digit(c) ||
	       strchr("_-.:@/%", c) != NULL;
}

/* Goes on behind something that cannot be read. */
static void skip_bad(struct tokens *t)
{
	while (t->at < t->end && strchr(" \t\r\n", *t->at) == NULL)
		t->at++;
	t->token.kind = TOKEN_BAD;
}

static void read_word(struct tokens *t)
{
	while (t->at < t->end && is_bare(t))
		buf_putc(&t->text, (unsigned char)*t->at++);
	if (ends_token(t)) {
		t->token.kind = TOKEN_WORD;
		return;
	}
	if (at_text(t, "+="))
		tokens_complain(t, t->line,
		    "there is no +=; write the whole list in braces");
	else
		tokens_complain(
		    t, t->line, "something here needs single quotes around it");
	skip_bad(t);
}

/* \101 or \x41 at t->at, which is behind the backslash. */
static unsigned read_code(struct tokens *t)
{
	bool hex = *t->at == 'x';
	unsigned base = hex ? 16 : 8, value = 0;
	size_t most = hex ? 2 : 3;

	if (hex)
		t->at++;
	for (; most > 0 && t->at < t->end; most--, t->at++) {
		int digit = text_hex_value((unsigned char)*t->at);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		value = value * base + (unsigned)digit;
	}
	return value;
}

/* What the escape at t->at, behind the backslash, stands for. A code that is
 * no octet becomes NUL, which no value may hold. */
static unsigned char read_escape(struct tokens *t)
{
	static const char letters[] = "ntbrfaev";
	static const char meanings[] = "\n\t\b\r\f\a\033\v";
	const char *letter = strchr(letters, *t->at);
	unsigned code;

	if (letter != NULL) {
		t->at++;
		return (unsigned char)meanings[letter - letters];
	}
	if (*t->at != 'x' && !text_is_digit((unsigned char)*t->at))
		return (unsigned char)*t->at++;
	code = read_code(t);
	return code > 255 ? 0 : (unsigned char)code;
}

/* One octet of a quoted text, at t->at; in single quotes a backslash means
 * something only before another and before the quote. */
static void read_quoted(struct tokens *t, char quote)
{
	if (*t->at != '\\' || left(t) < 2 || t->at[1] == '\n') {
		buf_putc(&t->text, (unsigned char)*t->at++);
	} else if (quote == '"') {
		t->at++;
		buf_putc(&t->text, read_escape(t));
	} else {
		if (t->at[1] == '\\' || t->at[1] == '\'')
			t->at++;
		buf_putc(&t->text, (unsigned char)*t->at++);
	}
}

static void read_string(struct tokens *t)
{
	char quote = *t->at++;
	const void *text;

	while (t->at < t->end && *t->at != quote && *t->at != '\n')
		read_quoted(t, quote);
	t->token.kind = TOKEN_BAD;
	if (t->at == t->end || *t->at == '\n') {
		tokens_complain(t, t->line,
		    "a quote opens on this line and does not close on it");
		return;
	}
	t->at++;
	if (!ends_token(t)) {
		tokens_complain(t, t->line,
		    "something follows a closing quote; write \\' for a quote "
		    "inside");
		skip_line(t);
		return;
	}
	text = buf_head(&t->text);
	if (t->text.failed)
		tokens_complain(t, t->line, "a value is longer than %d octets",
		    (int)CONFIGURATION_VALUE_MAX);
	else if (text_has_control(text, t->text.len) ||
		 !text_is_utf8(text, t->text.len))
		tokens_complain(t, t->line,
		    "a value holds a control character or is not UTF-8");
	else
		t->token.kind = TOKEN_STRING;
}

static void read_mark(struct tokens *t)
{
	static const char marks[] = "{}=,";
	static const enum token_kind kinds[] = {
	    TOKEN_OPEN, TOKEN_CLOSE, TOKEN_EQUALS, TOKEN_COMMA};
	const char *mark = strchr(marks, *t->at);

	if (mark != NULL) {
		t->at++;
		t->token.kind = kinds[mark - marks];
		return;
	}
	/* Neither a mark nor the start of a word: it needs quotes, or is a +=
	 * with blanks before it. The word reader knows what to say. */
	read_word(t);
}

void tokens_advance(struct tokens *t)
{
	skip_blank(t);
	buf_clear(&t->text);
	t->token = (struct token){
	    .kind = TOKEN_END, .at = t->at, .line = t->line, .first = t->first};
	if (t->at == t->end)
		return;
	t->first = false;
	if (*t->at == '\'' || *t->at == '"')
		read_string(t);
	else if (is_bare(t))
		read_word(t);
	else
		read_mark(t);
	if (t->token.kind == TOKEN_WORD && t->text.failed) {
		tokens_complain(t, t->line, "a word is too long");
		t->token.kind = TOKEN_BAD;
	}
}
