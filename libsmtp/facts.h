/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * facts.h - what only the system knows: clock, zone, random, names.
 *
 * Gathered once a connection for the pure code below.  Names are fit for
 * the wire: the EHLO name is a qualified domain or an address literal (RFC
 * 5321 4.1.4), never "localhost".
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>

#include "header.h"
#include "model.h"

/* Fills session->ehlo_name and facts.  fd: a connected socket, whose local
 * address is the name when the host has none.  false: no memory, or no
 * random numbers; session->error is set. */
bool facts_gather(
    struct smtp_session *session, int fd, struct header_facts *facts);

#endif
