package tidy

import (
	"slices"
	"strings"
	"testing"
)

// law bans imports of some packages. A path that ends in /... stands for itself
// and all below.
type law struct {
	who    []string // whom it binds
	but    []string // whom it spares
	ban    []string // what may not be imported
	spare  []string // but this may
	deep   bool     // nor reached through others
	reason string
}

var laws = []law{
	{
		who:   []string{"zinit/graph", "zinit/configs", "zinit/supervisor"},
		ban:   []string{"os/...", "net/...", "syscall", "sync/...", "log/...", "context", "golang.org/x/sys/...", "runtime/..."},
		spare: []string{"net/netip", "net/url"}, // values and their spelling, no network
		reason: "it is pure: what it decides depends on its arguments alone, " +
			"so that the simulation can replay it",
	},
	{
		who: []string{"zinit/graph"}, ban: []string{"zinit/...", "github.com/..."},
		reason: "it is a theory of names and edges and knows no service",
	},
	{
		who: []string{"zinit/configs"}, ban: []string{"zinit/..."}, spare: []string{"zinit/graph"},
		reason: "a definition is understood without knowing who carries it out",
	},
	{
		who: []string{"zinit/supervisor"}, ban: []string{"zinit/...", "github.com/..."},
		spare:  []string{"zinit/graph", "zinit/configs"},
		reason: "the core decides and knows nobody that obeys",
	},
	{
		who: []string{"zinit/supervisor/driver"}, ban: []string{"zinit/proc/...", "zinit/rpc/...", "zinit/applets/..."},
		reason: "arrows point inward: the driver names the kernel it needs, proc is one of them",
	},
	{
		who: []string{"zinit/proc/..."}, ban: []string{"zinit/rpc/...", "zinit/applets/...", "zinit/supervisor/driver"},
		reason: "the door to the kernel takes the core's actions and knows no wire",
	},
	{
		who: []string{"zinit/proc/probe"}, ban: []string{"zinit/...", "github.com/..."},
		reason: "how to ask a socket for its health needs no service, and no process",
	},
	{
		who: []string{"zinit/proc/procfs"}, ban: []string{"zinit/...", "github.com/..."},
		reason: "what /proc says of a process it says to anybody, and PID 1 reads it too",
	},
	{
		who: []string{"zinit/proc/account"}, ban: []string{"zinit/...", "github.com/..."}, spare: []string{"zinit/proc/launch"},
		reason: "it reads files that name users and variables, and makes no process",
	},
	{
		who: []string{"zinit/rpc/..."}, ban: []string{"zinit/...", "github.com/..."}, spare: []string{"zinit/rpc/..."},
		reason: "other programs import the client: the wire knows none of ours",
	},
	{
		who: []string{"zinit/applets/zinit"}, ban: []string{"zinit/supervisor/...", "zinit/proc/..."},
		reason: "the client speaks the protocol, as anybody else does",
	},
	{
		who:  []string{"zinit/applets/pid1", "zinit/applets/launch", "zinit/proc/link", "zinit/proc/reap", "zinit/proc/boot", "zinit/proc/launch"},
		ban:  []string{"zinit/supervisor/...", "zinit/rpc/...", "zinit/configs/...", "github.com/...", "encoding/json"},
		deep: true, reason: "PID 1 must not grow: what can live in the server lives there",
	},
	{
		who: []string{"zinit/proc/syslog"}, ban: []string{"zinit/..."},
		reason: "it knows messages and who sent them, and no service",
	},
	{
		who: []string{"zinit/..."}, but: []string{"zinit/proc/...", "zinit/rpc", "zinit/scripts/..."},
		ban:    []string{"golang.org/x/sys/..."},
		reason: "proc is the only door to the kernel, but for the peer's credentials in rpc",
	},
	{
		who: []string{"zinit"}, ban: []string{"os/exec"}, deep: true,
		reason: "one owner of waiting: exec.Cmd loses exit statuses beside a reaper",
	},
	{
		who: []string{"zinit"}, ban: []string{"net/http/..."}, deep: true,
		reason: "4 MB of binary and 2 MB of memory in every applet",
	},
	{
		who: []string{"zinit"}, ban: []string{"testing/...", "github.com/rogpeppe/..."}, deep: true,
		reason: "what is for tests stays out of the program",
	},
	{
		who: []string{"zinit/..."}, but: []string{"zinit/configs", "zinit/scripts/..."},
		ban:    []string{"github.com/pelletier/..."},
		reason: "TOML is read in one place, the one that knows the schema",
	},
	{
		who: []string{"zinit/..."}, but: []string{"zinit/applets/..."},
		ban:    []string{"github.com/lmittmann/..."},
		reason: "words of the command line and colours of the log are the applets' business",
	},
}

// matches says whether path is one of the patterns.
func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		tree, deep := strings.CutSuffix(p, "/...")
		return path == tree || deep && strings.HasPrefix(path, tree+"/")
	})
}

func TestImports(t *testing.T) {
	all, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range laws {
		for _, p := range all {
			if !matches(p.ImportPath, l.who) || matches(p.ImportPath, l.but) {
				continue
			}
			reached := p.Imports
			if l.deep {
				reached = p.Deps
			}
			for _, path := range reached {
				if matches(path, l.ban) && !matches(path, l.spare) && path != p.ImportPath {
					t.Errorf("%s imports %s: %s", p.ImportPath, path, l.reason)
				}
			}
		}
	}
}

// TestFence keeps the laws honest: a pattern catches what it should.
func TestFence(t *testing.T) {
	for _, c := range []struct {
		path, pattern string
		want          bool
	}{
		{"os", "os/...", true},
		{"os/exec", "os/...", true},
		{"ossify", "os/...", false},
		{"os/exec", "os", false},
		{"zinit/proc", "zinit/proc/...", true},
	} {
		if got := matches(c.path, []string{c.pattern}); got != c.want {
			t.Errorf("matches(%s, %s) = %v", c.path, c.pattern, got)
		}
	}
}
