package server

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"zinit/proc"
)

const usage = `usage: zinit-server [--config-dir DIR]… [--socket PATH] [--log-level LEVEL]

The zinit daemon: it starts, watches and stops the services of its directories.

  --config-dir DIR   where the service files are; may be given several times
                     (ZINIT_CONFIG_DIR, a list with colons; default /etc/zinit/services)
  --socket PATH      the control socket (ZINIT_SOCKET; default /run/zinit.sock)
  --log-level LEVEL  trace, debug, info, warn or error (ZINIT_LOG_LEVEL; default info)
  --syslog[=PATH]    receive syslog at /dev/log, or there; --syslog=false: do not
                     (ZINIT_SYSLOG; default: on a machine only)
  --pid1-mode        run below zinit-pid1, which passes this
  --target NAME      boot only what this service needs
  --version          show the version
  --help             show this

SIGTERM and SIGINT stop all services in order and end the server; SIGHUP reloads.
`

// defaultDir is where the service files are if nobody says otherwise.
const defaultDir = "/etc/zinit/services"

// systemDir is where a machine's own services are; they are started before.
const systemDir = "/etc/zinit/system"

// options is what the command line and the variables came to.
type options struct {
	dirs    []string // absolute
	system  string   // that of dirs whose services are all of class system; or none
	bare    bool     // system was missing at the start
	target  string   // boot only what this service needs; empty: all
	mode    mode
	socket  string // absolute
	level   slog.Level
	syslog  string // absolute: where to receive it; empty: nowhere
	console string // of ZINIT_CONSOLE: how services' output goes to a container's
	version bool
	// warnings are of variables that make no sense, where zinit must run all the same.
	warnings []string
}

// parse reads the words of the command line; where they are silent, the variables
// count. The error is one line, for people.
func parse(args []string, env func(string) string) (options, error) {
	o := options{socket: env("ZINIT_SOCKET")}
	level, syslog, pid1 := env("ZINIT_LOG_LEVEL"), env("ZINIT_SYSLOG"), false
	flags := flag.NewFlagSet("zinit-server", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("config-dir", "", o.addDir)
	flags.StringVar(&o.socket, "socket", o.socket, "")
	flags.StringVar(&level, "log-level", level, "")
	flags.BoolFunc("syslog", "", func(word string) error {
		syslog = word
		_, err := parseSyslog(word)
		return err
	})
	flags.BoolVar(&pid1, "pid1-mode", false, "")
	flags.BoolVar(&o.version, "version", false, "")
	flags.StringVar(&o.target, "target", "", "")
	if err := flags.Parse(args); err != nil {
		return o, words(err)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown word %q", flags.Arg(0))
	}
	o.mode = modeOf(pid1, env("ZINIT_CONTAINER") != "")
	return o.complete(level, syslog, env)
}

// words makes of an error of package flag one that speaks of --options.
func words(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	text := err.Error()
	for _, pair := range [][2]string{{": -", ": --"}, {"for -", "for --"}, {"flag", "option"}} {
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return errors.New(strings.Replace(text, "option provided but not defined:", "unknown option", 1))
}

func (o *options) addDir(dir string) error {
	if dir == "" {
		return errors.New("the directory is empty")
	}
	o.dirs = append(o.dirs, dir)
	return nil
}

// complete fills in what nobody said.
func (o options) complete(level, syslog string, env func(string) string) (options, error) {
	var err error
	if o.level, err = parseLevel(level); err != nil && !o.excuse(err) {
		return o, err
	}
	if syslog == "" && o.mode == machine {
		syslog = syslogPath
	}
	if o.syslog, err = parseSyslog(syslog); err != nil && !o.excuse(err) {
		return o, err
	}
	if o.console, err = parseConsole(env("ZINIT_CONSOLE")); err != nil && !o.excuse(err) {
		return o, err
	}
	if len(o.dirs) == 0 {
		o.dirs = slices.DeleteFunc(strings.Split(env("ZINIT_CONFIG_DIR"), ":"), func(s string) bool { return s == "" })
	}
	if len(o.dirs) == 0 && o.mode == machine {
		o.system = systemDir
		_, err := os.Stat(systemDir)
		o.bare = errors.Is(err, fs.ErrNotExist)
		o.dirs = []string{systemDir}
	}
	if len(o.dirs) == 0 || o.system != "" {
		o.dirs = append(o.dirs, defaultDir)
	}
	if o.socket == "" {
		o.socket = defaultSocket(os.Geteuid(), env("XDG_RUNTIME_DIR"), proc.Writable)
		if filepath.Dir(o.socket) == lastResort {
			o.warnings = append(o.warnings, "neither /run nor /var/run can be written: logs and records are in "+lastResort+
				" and take from its space; a tmpfs on /run is better (docker run --tmpfs /run)")
		}
	}
	for _, path := range append([]*string{&o.socket}, pointers(o.dirs)...) {
		if *path, err = filepath.Abs(*path); err != nil {
			return o, fmt.Errorf("cannot find the working directory, and %s is relative to it: %w", *path, err)
		}
	}
	return o, nil
}

// parseSyslog reads --syslog and ZINIT_SYSLOG: yes, no, or another path.
func parseSyslog(word string) (path string, err error) {
	if filepath.IsAbs(word) {
		return word, nil
	}
	on, err := strconv.ParseBool(cmp.Or(word, "false"))
	switch {
	case err != nil:
		return "", fmt.Errorf("syslog (--syslog, ZINIT_SYSLOG) cannot be %q: use true, false or an absolute path", word)
	case on:
		return syslogPath, nil
	}
	return "", nil
}

// excuse makes an error a warning below a shim: a typing error must not keep a machine
// or a container from coming up.
func (o *options) excuse(err error) bool {
	if o.mode == standalone {
		return false
	}
	o.warnings = append(o.warnings, err.Error())
	return true
}

func pointers(texts []string) []*string {
	all := make([]*string, len(texts))
	for i := range texts {
		all[i] = &texts[i]
	}
	return all
}

// lastResort is a directory that containers have although nothing else can be
// written.
const lastResort = "/dev/shm"

// defaultSocket is /run/zinit.sock, or the first of its stand-ins that can be made.
func defaultSocket(uid int, runtimeDir string, writable func(dir string) bool) string {
	dirs := []string{"/run", "/var/run"}
	if uid != 0 && runtimeDir != "" {
		dirs = append(dirs, runtimeDir)
	}
	for _, dir := range append(dirs, lastResort) {
		if writable(dir) {
			return dir + "/zinit.sock"
		}
	}
	return "/run/zinit.sock" // the error will speak of the place that it should be
}

// runDir is where what must outlive the server is kept: beside the socket, without
// its .sock for the default sockets, so that a server has one and two have two.
func runDir(socket string) string {
	if filepath.Base(socket) == "zinit.sock" && slices.Contains([]string{"/run", "/var/run"}, filepath.Dir(socket)) {
		return strings.TrimSuffix(socket, ".sock")
	}
	return socket + ".d"
}
