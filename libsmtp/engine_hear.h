/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_hear.h - the actions that the table of phases names.
 *
 * Each is given the reply that was due; the reply at hand is the engine's.
 */
#ifndef ENGINE_HEAR_H
#define ENGINE_HEAR_H

struct engine;
struct expected;

void hear_greeting(struct engine *e, const struct expected *x);
void hear_sent_away(struct engine *e, const struct expected *x);
void hear_ehlo(struct engine *e, const struct expected *x);
void hear_ehlo_deferred(struct engine *e, const struct expected *x);
void hear_ehlo_refused(struct engine *e, const struct expected *x);
void hear_helo(struct engine *e, const struct expected *x);
void hear_starttls(struct engine *e, const struct expected *x);
void hear_starttls_refused(struct engine *e, const struct expected *x);
void hear_etrn(struct engine *e, const struct expected *x);
void hear_xusr(struct engine *e, const struct expected *x);
void hear_mail(struct engine *e, const struct expected *x);
void hear_mail_failed(struct engine *e, const struct expected *x);
void hear_rcpt(struct engine *e, const struct expected *x);
void hear_rcpt_failed(struct engine *e, const struct expected *x);
void hear_data(struct engine *e, const struct expected *x);
void hear_data_failed(struct engine *e, const struct expected *x);
void hear_final(struct engine *e, const struct expected *x);
void hear_bdat(struct engine *e, const struct expected *x);
void hear_bdat_failed(struct engine *e, const struct expected *x);
void hear_reset(struct engine *e, const struct expected *x);
void hear_reset_refused(struct engine *e, const struct expected *x);
void hear_quit(struct engine *e, const struct expected *x);

#endif
