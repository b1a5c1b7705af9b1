/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - the driver as a program: "driver SCENARIO PORT"
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Compiles with libESMTP's headers and with ours. The server is this machine's,
 * at that port. The exit status is 2 for a scenario that there is not.
 */
#include "driver.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	char server[64];

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(server, sizeof server, "localhost:%s", argv[2]);
	return driver_play(argv[1], server);
}
