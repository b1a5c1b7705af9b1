/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.h - looks at every call that the driver of the API makes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The driver and its scenarios (tests/api) are compiled with this header behind
 * the library's own: each function that can run out of memory is followed by a
 * question what it said. First the scenario is played with all the memory that
 * it wants; from then on, the call in which an allocation failed must say so,
 * by 0 or NULL and -ENOMEM, unless it does as well without.
 */
#ifndef TEST_OOM_WATCH_H
#define TEST_OOM_WATCH_H

#include <stdbool.h>

/* learn: this play has all its memory, and the next ones compare with it. */
void watch_begin(bool learn);
/* NULL, or what was wrong with a call of this play. */
const char *watch_complaint(void);

int watch_int(const char *name, int result);
void *watch_handle(const char *name, void *result);
/* The functions of auth-client.h, which do not set smtp_errno(). */
int watch_auth(const char *name, int result);
void *watch_context(const char *name, void *result);
/* Starts; and once more, with memory, where there was none. */
int watch_start(struct smtp_session *session);

#ifndef WATCH_ITSELF
#define WATCH(f, ...) watch_int(#f, (f)(__VA_ARGS__))
#define WATCH_HANDLE(f, ...) watch_handle(#f, (f)(__VA_ARGS__))
#define WATCH_AUTH(f, ...) watch_auth(#f, (f)(__VA_ARGS__))
#define WATCH_CONTEXT(f, ...) watch_context(#f, (void *)(f)(__VA_ARGS__))

/* clang-format off */
#define smtp_create_session() watch_handle("smtp_create_session", (smtp_create_session)())
#define smtp_add_message(...) WATCH_HANDLE(smtp_add_message, __VA_ARGS__)
#define smtp_add_recipient(...) WATCH_HANDLE(smtp_add_recipient, __VA_ARGS__)
#define smtp_etrn_add_node(...) WATCH_HANDLE(smtp_etrn_add_node, __VA_ARGS__)
#define smtp_set_server(...) WATCH(smtp_set_server, __VA_ARGS__)
#define smtp_set_hostname(...) WATCH(smtp_set_hostname, __VA_ARGS__)
#define smtp_set_reverse_path(...) WATCH(smtp_set_reverse_path, __VA_ARGS__)
#define smtp_set_messagecb(...) WATCH(smtp_set_messagecb, __VA_ARGS__)
#define smtp_set_header(...) WATCH(smtp_set_header, __VA_ARGS__)
#define smtp_set_header_option(...) WATCH(smtp_set_header_option, __VA_ARGS__)
#define smtp_set_resent_headers(...) WATCH(smtp_set_resent_headers, __VA_ARGS__)
#define smtp_dsn_set_ret(...) WATCH(smtp_dsn_set_ret, __VA_ARGS__)
#define smtp_dsn_set_envid(...) WATCH(smtp_dsn_set_envid, __VA_ARGS__)
#define smtp_dsn_set_notify(...) WATCH(smtp_dsn_set_notify, __VA_ARGS__)
#define smtp_dsn_set_orcpt(...) WATCH(smtp_dsn_set_orcpt, __VA_ARGS__)
#define smtp_8bitmime_set_body(...) WATCH(smtp_8bitmime_set_body, __VA_ARGS__)
#define smtp_size_set_estimate(...) WATCH(smtp_size_set_estimate, __VA_ARGS__)
#define smtp_starttls_enable(...) WATCH(smtp_starttls_enable, __VA_ARGS__)
#define smtp_message_reset_status(...) WATCH(smtp_message_reset_status, __VA_ARGS__)
#define smtp_recipient_reset_status(...) WATCH(smtp_recipient_reset_status, __VA_ARGS__)
#define smtp_start_session(session) watch_start(session)
#define auth_create_context() WATCH_CONTEXT(auth_create_context, )
#define auth_response(...) WATCH_CONTEXT(auth_response, __VA_ARGS__)
#define auth_set_interact_cb(...) WATCH_AUTH(auth_set_interact_cb, __VA_ARGS__)
#define auth_set_mechanism(...) WATCH_AUTH(auth_set_mechanism, __VA_ARGS__)
#define auth_set_mechanism_flags(...) WATCH_AUTH(auth_set_mechanism_flags, __VA_ARGS__)
#define auth_set_external_id(...) WATCH_AUTH(auth_set_external_id, __VA_ARGS__)
/* clang-format on */
#endif

#endif
