# Completion of sqlmigrate for fish: the program itself knows what may follow.

function __sqlmigrate_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l lines ($words[1] complete -- $words $word 2>/dev/null)
    switch "$lines[1]"
        case :files :folders
            __fish_complete_path $word
        case '*'
            printf '%s\n' $lines
    end
end

complete -c sqlmigrate -f -a '(__sqlmigrate_complete)'
