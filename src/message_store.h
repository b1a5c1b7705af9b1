/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message_store.h - octets kept once, in memory or in an unnamed file.
 *
 * Up to MESSAGE_STORE_MEMORY octets stay in memory, more goes to a file that
 * has no name and so vanishes with the process, however it ends.
 */
#ifndef MESSAGE_STORE_H
#define MESSAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_STORE_MEMORY (1024 * 1024)

struct message_store {
	unsigned char *memory; /* NULL once there is a file */
	int fd;                /* -1: no file */
	unsigned long long size;
};

void message_store_init(struct message_store *s);
void message_store_release(struct message_store *s);

/* false: errno says why (ENOSPC, EDQUOT, EFBIG, EIO, ENOMEM). */
bool message_store_append(struct message_store *s, const void *data, size_t n);
/* Gives up what lies behind size. */
void message_store_cut(struct message_store *s, unsigned long long size);

/* Octets from offset on, as many as are there up to n; -1: errno. */
long message_store_read(const struct message_store *s,
    unsigned long long offset, void *data, size_t n);

/* A descriptor at the start of what is kept; owned by s, valid until it is
 * released.  -1: errno. */
int message_store_descriptor(struct message_store *s);

#endif
