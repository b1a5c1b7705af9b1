# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The posthaste authors
#
# bash completion for posthaste. The options are those of --help and the keys
# those of --explain, so there is nothing here to keep up to date.

_posthaste() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
  local before=${COMP_WORDS[COMP_CWORD - 1]} choices
  # "--file=X" comes as three words: --file, = and X.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ] && [ "$COMP_CWORD" -gt 2 ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $before in
  -C | --file | --socket | --aliases | --tls-*-file)
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
    ;;
  --set)
    choices=$("$program" --explain 2>/dev/null |
      sed -n 's/^  \([a-z-]*\) .*=.*/\1=/p')
    compopt -o nospace 2>/dev/null
    ;;
  -N | --dsn-notify) choices='never success failure delay' ;;
  -R | --dsn-return) choices='hdrs full' ;;
  -B) choices='7BIT 8BITMIME' ;;
  --protocol) choices='smtp lmtp' ;;
  *)
    [[ $word == -* ]] || return 0
    choices=$("$program" --help 2>/dev/null |
      sed -n 's/^  \(-[^ =,]*\)\(, \(--[a-z-]*\)\)\{0,1\}.*/\1 \3/p' |
      sed 's/\[.*//')
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -F _posthaste posthaste
