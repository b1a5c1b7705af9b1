/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_password.c - the callback that knows the passphrase of a private key.
 *
 * contract: libesmtp.h.  libESMTP made it the process's, not a session's, so
 * it stands behind a lock; a session takes a copy when it starts.
 */
#include "api.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static smtp_starttls_passwordcb_t callback;
static void *callback_arg;

int smtp_starttls_set_password_cb(smtp_starttls_passwordcb_t cb, void *arg)
{
	if (!api_valid(cb != NULL))
		return 0;
	pthread_mutex_lock(&lock);
	callback = cb;
	callback_arg = arg;
	pthread_mutex_unlock(&lock);
	return 1;
}

void api_key_password(struct tls_settings *tls)
{
	pthread_mutex_lock(&lock);
	tls->passphrase = callback;
	tls->passphrase_arg = callback_arg;
	pthread_mutex_unlock(&lock);
}
