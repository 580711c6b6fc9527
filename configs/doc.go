// Package configs turns the bytes of service files into values: the schema with
// its defaults, a parser that knows the place of every key, and the rules
// that span several keys. README, "All keys", has them for people.
//
// It is pure: files come in through an [fs.FS], nothing goes out but values, and
// a bad file is data (a [Problem]) and never an error of the server. It knows
// nothing of processes, states or time.
//
// The way of a text: clean (UTF-8, its length), document (TOML becomes tables of
// values with places), decode (the schema, one row a key, fills a [Service]),
// check (what no key can tell alone). Each step notes all that it finds. A text
// that is no TOML is read up to the mistake.
//
// Decisions, where the keys alone leave a choice:
//   - A command also goes to a shell for a backtick, for a # that begins a word,
//     for variables set in front of it (A=1 command), and for a first word that
//     is the shell's own (exec, cd, !). A newline at either end parts nothing.
//   - dir and env_file are absolute. Times are at most a year.
//   - A name twice in one list of dependencies is an error, and so is one that is
//     both required and in conflict.
//   - The maximum of the restart delay never rises by itself: a delay above the
//     default maximum is an error until the maximum is written too.
//   - A size is in bytes, K, M, G and T are powers of 1024. A control group's limit
//     that is "unlimited" is as good as none that is written.
//   - The uid 4294967295 is refused: for setuid(2) it means no change.
//   - A builtin is a oneshot. It takes no key that is about a process of its own,
//     and no words. A oneshot has no [health].
//   - Where the output goes to a terminal or past zinit, no log file is filled from
//     it. A change of logging.stdout, and to or from notify, restarts the service,
//     although other keys of these tables don't.
//   - A [Problem] of a bad file goes by the file's name, one of a member of a
//     cycle by the service's.
package configs
