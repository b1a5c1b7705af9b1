/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_keys.c - the one table of configuration keys
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One row a key, in the order of the manual. Nothing else in the program
 * lists keys. A second table knows what other programs call the same thing,
 * for the hint that an unknown key deserves. Changes nothing at run time.
 */
#include "configuration_key.h"

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "account.h"
#include "text.h"

static const struct configuration_word protocols[] = {
    {"smtp", Smtpx_SMTP},
    {"lmtp", Smtpx_LMTP},
    {NULL, 0},
};
static const struct configuration_word tls_modes[] = {
    {"auto", ACCOUNT_TLS_AUTO},
    {"implicit", Smtpx_TLS_IMPLICIT},
    {"starttls", Smtpx_TLS_STARTTLS},
    {"opportunistic", Smtpx_TLS_OPPORTUNISTIC},
    {"off", Smtpx_TLS_OFF},
    {NULL, 0},
};
static const struct configuration_word families[] = {
    {"any", 0},
    {"4", 4},
    {"6", 6},
    {NULL, 0},
};
static const struct configuration_word trust[] = {
    {"full", Smtpx_VERIFY_FULL},
    {"pin-only", Smtpx_VERIFY_PIN_ONLY},
    {"off", Smtpx_VERIFY_OFF},
    {NULL, 0},
};
static const struct configuration_word tls_versions[] = {
    {"1.2", 12},
    {"1.3", 13},
    {NULL, 0},
};
static const struct configuration_word sender_policies[] = {
    {"allow", SENDER_ALLOW},
    {"force", SENDER_FORCE},
    {"refuse", SENDER_REFUSE},
    {NULL, 0},
};
static const struct configuration_word from_policies[] = {
    {"keep", FROM_KEEP},
    {"qualify", FROM_QUALIFY},
    {"force", FROM_FORCE},
    {NULL, 0},
};
static const struct configuration_word partials[] = {
    {"deliver", PARTIAL_DELIVER},
    {"all-or-none", PARTIAL_ALL_OR_NONE},
    {NULL, 0},
};
static const struct configuration_word latencies[] = {
    {"safe", Smtpx_LATENCY_SAFE},
    {"minimal", Smtpx_LATENCY_MINIMAL},
    {NULL, 0},
};
static const struct configuration_word notifications[] = {
    {"never", Notify_NEVER},
    {"success", Notify_SUCCESS},
    {"failure", Notify_FAILURE},
    {"delay", Notify_DELAY},
    {NULL, 0},
};
static const struct configuration_word returns[] = {
    {"default", Ret_NOTSET},
    {"full", Ret_FULL},
    {"headers", Ret_HDRS},
    {NULL, 0},
};
static const struct configuration_word logs[] = {
    {"syslog", LOG_TO_SYSLOG},
    {"off", LOG_TO_NOTHING},
    {NULL, 0},
};
static const struct configuration_word facilities[] = {
    {"mail", LOG_MAIL},
    {"user", LOG_USER},
    {"daemon", LOG_DAEMON},
    {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},
    {NULL, 0},
};
static const struct configuration_word switches[] = {
    {"on", 1},
    {"off", 0},
    {NULL, 0},
};
/* Words that some types take beside their own kind of value. */
static const struct configuration_word system_word[] = {
    {"system", 0},
    {NULL, 0},
};
static const struct configuration_word auto_word[] = {{"auto", 0}, {NULL, 0}};
static const struct configuration_word off_word[] = {{"off", 0}, {NULL, 0}};

#define ACCOUNT(field) SCOPE_ACCOUNT, offsetof(struct account, field)
#define TOP(field) SCOPE_TOP, offsetof(struct account, field)

/* clang-format off */
static const struct configuration_key keys[] = {
/* server */
{"server", TYPE_SERVERS, ACCOUNT(server), NULL, NULL,
 "The servers to try, in order: host, host:port, [v6]:port or unix:/path."},
{"protocol", TYPE_WORD, ACCOUNT(protocol), "smtp", protocols,
 "The protocol that the servers speak."},
{"tls", TYPE_WORD, ACCOUNT(tls), "auto", tls_modes,
 "How the connection is protected; auto means implicit TLS on port 465, and "
 "STARTTLS, which is then required, on others."},
{"domain", TYPE_HOST, ACCOUNT(domain), NULL, NULL,
 "The name to say in EHLO; if not set, this machine's full name."},
{"source-address", TYPE_IP, ACCOUNT(source_address), NULL, NULL,
 "The local address to connect from."},
{"ip", TYPE_WORD, ACCOUNT(ip), "any", families,
 "The versions of IP to use."},
{"timeout-connect", TYPE_DURATION, ACCOUNT(timeout_connect_ms), "30s", NULL,
 "How long to wait for a connection."},
{"timeout-reply", TYPE_DURATION, ACCOUNT(timeout_reply_ms), "5m", NULL,
 "How long to wait for a reply."},
{"timeout-final", TYPE_DURATION, ACCOUNT(timeout_final_ms), "10m", NULL,
 "How long to wait for the reply that follows the message."},
{"timeout-total", TYPE_DURATION, ACCOUNT(timeout_total_ms), "auto", auto_word,
 "How long everything may take; auto grants 15 minutes and a second for each "
 "kilobyte."},
/* TLS */
{"tls-verify", TYPE_WORD, ACCOUNT(tls_verify), "full", trust,
 "Whether the certificate must come from a trusted authority, must be one of "
 "tls-pin, or is not looked at."},
{"tls-ca-file", TYPE_PATH, ACCOUNT(tls_ca_file), "system", system_word,
 "The file of trusted authorities' certificates."},
{"tls-pin", TYPE_PINS, ACCOUNT(tls_pin), NULL, NULL,
 "SHA-256 of the certificates or public keys that are accepted, in hex or "
 "base64."},
{"tls-name", TYPE_HOST, ACCOUNT(tls_name), NULL, NULL,
 "The name that the certificate must carry, if it is not the server's."},
{"tls-min", TYPE_WORD, ACCOUNT(tls_min), "1.2", tls_versions,
 "The lowest version of TLS."},
{"tls-cert-file", TYPE_PATH, ACCOUNT(tls_cert_file), NULL, NULL,
 "The client's certificate."},
{"tls-key-file", TYPE_PATH, ACCOUNT(tls_key_file), NULL, NULL,
 "The client's private key; if not set, it is in tls-cert-file."},
/* login */
{"user", TYPE_TEXT, ACCOUNT(user), NULL, NULL,
 "The name to log in with."},
{"auth", TYPE_MECHANISMS, ACCOUNT(auth), "auto", NULL,
 "auto for the best mechanism that is safe, off, or mechanisms in order."},
{"auth-clear", TYPE_SWITCH, ACCOUNT(auth_clear), "off", switches,
 "Whether mechanisms that show the password may be used without TLS."},
{"authzid", TYPE_TEXT, ACCOUNT(authzid), NULL, NULL,
 "The identity to act as, if it is not that of user."},
{"password", TYPE_SECRET, ACCOUNT(password), NULL, NULL,
 "The password itself."},
{"password-from", TYPE_SOURCES, ACCOUNT(password_from), NULL, NULL,
 "Where the password comes from, first that answers: command:, file:, env:, "
 "credential:."},
/* sender */
{"from", TYPE_ADDRESS, ACCOUNT(from), NULL, NULL,
 "The sender's address; if not set, user where that is an address."},
{"senders", TYPE_PATTERNS, ACCOUNT(senders), NULL, NULL,
 "The senders that this account serves, with * for any text; if not set, "
 "from."},
{"full-name", TYPE_TEXT, ACCOUNT(full_name), NULL, NULL,
 "The sender's full name."},
{"sender-policy", TYPE_WORD, ACCOUNT(sender_policy), "allow", sender_policies,
 "What -f may do: set the sender, nothing, or fail where senders does not "
 "match."},
{"from-policy", TYPE_WORD, ACCOUNT(from_policy), "qualify", from_policies,
 "What becomes of From: kept, given a domain where it lacks one, or replaced "
 "by from."},
{"qualify-domain", TYPE_HOST, ACCOUNT(qualify_domain), NULL, NULL,
 "The domain for addresses without one."},
{"aliases", TYPE_PATH, ACCOUNT(aliases), NULL, off_word,
 "The account's own file of aliases."},
{"root", TYPE_ADDRESS, ACCOUNT(root), NULL, NULL,
 "Where root's mail goes."},
/* headers */
{"add-date", TYPE_SWITCH, ACCOUNT(add_date), "on", switches,
 "Whether a missing Date is added."},
{"add-message-id", TYPE_SWITCH, ACCOUNT(add_message_id), "on", switches,
 "Whether a missing Message-ID is added."},
{"add-from", TYPE_SWITCH, ACCOUNT(add_from), "on", switches,
 "Whether a missing From is added."},
{"message-id-domain", TYPE_HOST, ACCOUNT(message_id_domain), NULL, NULL,
 "The right side of an added Message-ID; if not set, the sender's domain."},
{"keep-bcc", TYPE_SWITCH, ACCOUNT(keep_bcc), "off", switches,
 "Whether Bcc fields are sent."},
{"undisclosed-recipients", TYPE_SWITCH, ACCOUNT(undisclosed_recipients), "on",
 switches, "Whether a message without To, Cc and Bcc gets a To."},
{"add-header", TYPE_HEADERS, ACCOUNT(add_header), NULL, NULL,
 "Fields to add, each as 'Name: text'."},
{"remove-header", TYPE_FIELD_NAMES, ACCOUNT(remove_header), NULL, NULL,
 "Names of fields to remove."},
/* delivery */
{"partial", TYPE_WORD, ACCOUNT(partial), "deliver", partials,
 "Whether the others get the message when a recipient is refused."},
{"latency", TYPE_WORD, ACCOUNT(latency), "safe", latencies,
 "Whether the message may be sent before the recipients are accepted."},
{"dsn-notify", TYPE_WORDS, ACCOUNT(dsn_notify), NULL, notifications,
 "When the sender is to be told."},
{"dsn-return", TYPE_WORD, ACCOUNT(dsn_return), "default", returns,
 "How much of the message a report is to return."},
{"dsn-required", TYPE_SWITCH, ACCOUNT(dsn_required), "off", switches,
 "Whether to fail where the server cannot send such reports."},
{"size-limit", TYPE_SIZE, ACCOUNT(size_limit), "0", NULL,
 "The largest message to send; 0 leaves it to the server."},
{"max-recipients", TYPE_COUNT, ACCOUNT(max_recipients), "0", NULL,
 "The most recipients of one transaction, more are sent in several; 0 leaves "
 "it to the server."},
/* record */
{"log", TYPE_WORD, ACCOUNT(log), "syslog", logs,
 "Where a line for each message goes."},
/* what stands outside of accounts */
{"inherit", TYPE_TITLE, SCOPE_ACCOUNT, NO_FIELD, NULL, NULL,
 "The account whose values this one takes where it has none."},
{"default-account", TYPE_TITLE, SCOPE_TOP, NO_FIELD, NULL, NULL,
 "The account to use when neither -a nor the sender chooses one."},
{"aliases", TYPE_PATH, TOP(system_aliases), "/etc/aliases", off_word,
 "The file of aliases for all accounts."},
{"syslog-facility", TYPE_WORD, TOP(syslog_facility), "mail", facilities,
 "The facility of the system log."},
};
/* clang-format on */

enum { KEYS = sizeof keys / sizeof keys[0] };
_Static_assert((int)KEYS <= (int)CONFIGURATION_KEYS_MAX, "too many keys");

/* What msmtp, esmtp, nullmailer and the like call it, and slips of memory. */
static const struct {
	const char *theirs, *ours;
} foreign[] = {
    {"host", "server"},
    {"hostname", "server"},
    {"mailhub", "server"},
    {"port", "server"},
    {"relay", "server"},
    {"remote", "server"},
    {"smtp", "server"},
    {"smarthost", "server"},
    {"passwordeval", "password-from"},
    {"passwd", "password"},
    {"pass", "password"},
    {"login", "user"},
    {"username", "user"},
    {"starttls", "tls"},
    {"tls-starttls", "tls"},
    {"tls-trust-file", "tls-ca-file"},
    {"tls-certcheck", "tls-verify"},
    {"tls-fingerprint", "tls-pin"},
    {"tls-host-override", "tls-name"},
    {"timeout", "timeout-reply"},
    {"source-ip", "source-address"},
    {"maildomain", "qualify-domain"},
    {"syslog", "log"},
    {"facility", "syslog-facility"},
};

/* Longer names are no slip of the finger. */
enum { NAME_COMPARED_MAX = 32 };

size_t configuration_key_count(void)
{
	return KEYS;
}

const struct configuration_key *configuration_key_at(size_t i)
{
	return &keys[i];
}

const struct configuration_key *configuration_key_find(
    const char *name, size_t n, unsigned scope)
{
	for (size_t i = 0; i < KEYS; i++)
		if ((keys[i].scope & scope) != 0 && strlen(keys[i].name) == n &&
		    memcmp(keys[i].name, name, n) == 0)
			return &keys[i];
	return NULL;
}

bool configuration_key_is_list(const struct configuration_key *key)
{
	return key->type >= TYPE_SERVERS;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
static size_t distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t row[3][NAME_COMPARED_MAX + 1];
	size_t *now = row[0], *before = row[1], *earlier = row[2];

	for (size_t j = 0; j <= bn; j++)
		now[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t *oldest = earlier;

		earlier = before;
		before = now;
		now = oldest;
		now[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			now[j] = least(before[j], now[j - 1]) + 1;
			now[j] = least(
			    now[j], before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], earlier[j - 2] + 1);
		}
	}
	return now[bn];
}

/* The name as ours are written: small letters, hyphens. */
static void respell(char *out, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = (char)text_lower((unsigned char)name[i]);
		if (out[i] == '_')
			out[i] = '-';
	}
	out[n] = '\0';
}

const struct configuration_key *configuration_key_nearest(
    const char *name, size_t n)
{
	char spelt[NAME_COMPARED_MAX + 1];
	const struct configuration_key *nearest = NULL;
	size_t best = n <= 4 ? 2 : n <= 8 ? 3 : 4;

	if (n == 0 || n > NAME_COMPARED_MAX)
		return NULL;
	respell(spelt, name, n);
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (strcmp(foreign[i].theirs, spelt) == 0)
			return configuration_key_find(foreign[i].ours,
			    strlen(foreign[i].ours), SCOPE_ACCOUNT | SCOPE_TOP);
	for (size_t i = 0; i < KEYS; i++) {
		size_t far =
		    distance(spelt, n, keys[i].name, strlen(keys[i].name));

		if (far < best) {
			best = far;
			nearest = &keys[i];
		}
	}
	return nearest;
}
