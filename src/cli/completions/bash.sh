_clap_complete_NAME() {
    # bash cuts words at = and : too. What stands together on the line is one word for the program, and what bash already
    # holds for done is taken off its answers.
    local rest="$COMP_LINE" index=-1 i word
    local words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ $index -lt 0 || -z "$word" || "$rest" != "$word"* ]]; then
            index=$((index + 1))
            words[index]=""
        fi
        rest="${rest#*"$word"}"
        # Of the last one only what stands before the cursor.
        if [[ $i -eq $COMP_CWORD && "$word" != [=:] ]]; then
            word="$2"
        fi
        words[index]="${words[index]}$word"
    done
    local held="${words[index]%"$2"}"
    if [[ "$held" != *[=:] ]]; then
        held=""
    fi
    compopt +o nospace 2> /dev/null
    local IFS=$'\013'
    COMPREPLY=( $( \
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$index" \
        VARIABLE="bash" \
        "BIN" -- "${words[@]}" 2> /dev/null \
    ) )
    if [[ -n "$held" ]]; then
        COMPREPLY=( "${COMPREPLY[@]#"$held"}" )
    fi
    if [[ "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _clap_complete_NAME BIN
else
    complete -o nospace -o bashdefault -F _clap_complete_NAME BIN
fi
