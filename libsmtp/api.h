/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api.h - what the api_*.c files share.
 *
 * The thread's smtp_errno(), the two ways to fail, and the small movements
 * of owned strings and lists.  Holds no protocol knowledge.
 */
#ifndef API_H
#define API_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"

/* smtp_errno() of this thread. */
void api_set_errno(int code);

/* Each sets smtp_errno() and returns 0, for `return api_invalid();`. */
int api_invalid(void);
int api_no_memory(void);

/* For checks at the head of a function: value, with INVAL set when false. */
bool api_valid(bool value);

/* 1, or INVAL or -ENOMEM with 0. */
int api_result(bool done, bool no_memory);

/* Replaces an owned string by a copy; value NULL frees it. */
int api_set_string(char **string, const char *value);
/* The same for two that belong together: both change, or neither. */
int api_set_strings(
    char **a, const char *value_a, char **b, const char *value_b);

/* Copies the process's password callback into the session's settings. */
void api_key_password(struct tls_settings *tls);

void api_message_free(struct smtp_message *message);
void api_recipient_free(struct smtp_recipient *recipient);
void api_etrn_free(struct smtp_etrn_node *node);
void api_servers_free(struct server *servers);

/* A server at the end of the session's list. */
int api_add_server(
    struct smtp_session *session, const char *hostport, enum smtpx_tls tls);

/* The setters of application data, for every kind of object. */
void *application_data_set(struct application_data *a, void *data);
void application_data_set_release(
    struct application_data *a, void *data, void (*release)(void *));
void application_data_drop(struct application_data *a);

#endif
