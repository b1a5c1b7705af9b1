/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_etrn.c - ETRN nodes (RFC 1985).
 *
 * contract: libesmtp.h.  A node names a domain whose queue the server is
 * asked to run; it belongs to its session and is sent with every run.
 */
#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"

smtp_etrn_node_t smtp_etrn_add_node(
    smtp_session_t session, int option, const char *node)
{
	struct smtp_etrn_node *added;

	if (!api_valid(session != NULL && node != NULL &&
		       (option == 0 || option == '@') &&
		       command_valid_hostname(node)))
		return NULL;
	added = calloc(1, sizeof *added);
	if (added == NULL || (added->domain = strdup(node)) == NULL) {
		free(added);
		api_no_memory();
		return NULL;
	}
	added->option = option;
	if (session->last_etrn_node == NULL)
		session->etrn_nodes = added;
	else
		session->last_etrn_node->next = added;
	session->last_etrn_node = added;
	return added;
}

void api_etrn_free(struct smtp_etrn_node *node)
{
	application_data_drop(&node->application);
	status_clear(&node->status);
	free(node->domain);
	free(node);
}

int smtp_etrn_enumerate_nodes(
    smtp_session_t session, smtp_etrn_enumerate_nodecb_t cb, void *arg)
{
	struct smtp_etrn_node *next;

	if (!api_valid(session != NULL && cb != NULL))
		return 0;
	for (struct smtp_etrn_node *n = session->etrn_nodes; n != NULL;
	     n = next) {
		next = n->next;
		cb(n, n->option, n->domain, arg);
	}
	return 1;
}

const smtp_status_t *smtp_etrn_node_status(smtp_etrn_node_t node)
{
	return api_valid(node != NULL) ? &node->status : NULL;
}

void *smtp_etrn_set_application_data(smtp_etrn_node_t node, void *data)
{
	if (!api_valid(node != NULL))
		return NULL;
	return application_data_set(&node->application, data);
}

void smtp_etrn_set_application_data_release(
    smtp_etrn_node_t node, void *data, void (*release)(void *))
{
	if (api_valid(node != NULL))
		application_data_set_release(&node->application, data, release);
}

void *smtp_etrn_get_application_data(smtp_etrn_node_t node)
{
	return api_valid(node != NULL) ? node->application.data : NULL;
}
