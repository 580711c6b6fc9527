package zinit

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden runs every command against a server that answers from tables and
// compares stdout, stderr and exit code with testdata. Each line of a story is one
// call; "tty" before it gives it a terminal.
func TestGolden(t *testing.T) {
	stories := map[string]string{
		"list":           "list\ntty list\nlist --json",
		"status":         "status database\nstatus app\nstatus web\nstatus worker\nstatus broken\nstatus cache\nstatus net\nstatus slow\nstatus stubborn\nstatus slow --json\ntty status migrate\nstatus app --json\nstatus nobody\nstatus\nstatus a b",
		"start":          "start cache\nstart cache database migrate net\nstart cache --json\nstart cache database --json\nstart web\nstart app web cache nobody\nstart app --json\nstart nobody --json\nstart cache cache\nstart worker --timeout 500ms\nstart",
		"stop":           "stop database\nstop stubborn\nstop cache\nstop nobody database\nstop stubborn --json",
		"restart":        "restart database cache\nrestart --json database",
		"kill":           "kill database\nkill database HUP\nkill database -9\nkill -s usr1 database\nkill database 15 --json\nkill cache\nkill nobody\nkill database WRONG\nkill\nkill database HUP more",
		"logs":           "logs app\nlogs\nlogs app web\ntty logs\nlogs -t app\nlogs --json app\nlogs cache\nlogs cache --json\nlogs app -n x\nlogs app -n -1\nlogs --since yesterday\nlogs --stream out",
		"why":            "why web\ntty why web\nwhy web --json\nwhy nobody\nwhy",
		"top":            "top\ntty top\ntop --json\ntop web",
		"tree":           "tree\ntree app\ntty tree app\ntree web --json\ntree nobody\ntree a b",
		"reload":         "reload\nreload --dry-run\nreload --json\nreload now",
		"add-service":    "add-service -\nadd-service - --json\nadd-service testdata/files/good.toml --persist --start\nadd-service testdata/files/none.toml\nadd-service testdata\nadd-service",
		"remove-service": "remove-service web\nremove-service web --purge\nremove-service database\nremove-service database --cascade\nremove-service web --json\nremove-service nobody\nremove-service",
		"bulk":           "start-all\nstop-all\ndelete-all\nstart-all --json\nstop-all web",
		"machine":        "poweroff\nreboot\nhalt\nhalt now",
		"check": "check testdata/files/good.toml\ncheck testdata/bad\ncheck testdata/bad --json\ncheck testdata/good\ncheck testdata/good --json\n" +
			"check testdata/files/good.toml testdata/good\ncheck testdata/none\ncheck testdata/files/notes.txt\ncheck /dev/null",
		"wait":        "wait database migrate\nwait --json database\nwait --json database net\nwait cache --down\nwait app\nwait web --timeout 500ms\nwait database --down --timeout 0.5\nwait nobody\nwait web --up --down\nwait",
		"debug-state": "debug-state\ndebug-state --json\ndebug-state x",
		"debug-procs": "debug-procs database\ntty debug-procs database\ndebug-procs database --json\ndebug-procs nobody",
		"doctor":      "doctor\ntty doctor\ndoctor --json\ndoctor now",
		"help":        "help\n\n--help\nhelp start\nstart --help\nlogs web -h\nhelp nothing\nhelp a b\nhelp kill",
		"usage": "lst\nstatsu web\nxyzzy\nlist x\nlist --jsno\nlist --json=maybe\n--json list\nstop web --timeout\nstop web --timeout soon\nstop web --timeout -1s\n" +
			"--bogus\nlist --\nlist -- --json\nstatus -- --json\nlogs -fq\nshutdown soon",
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			socket := serve(t, newFake())
			var trace strings.Builder
			for line := range strings.SplitSeq(story, "\n") {
				words, terminal := strings.CutPrefix(line, "tty ")
				c := &call{socket: socket, terminal: terminal, stdin: "[service]\nname = \"fresh\"\nexec = \"/bin/true\"\n"}
				c.run(strings.Fields(words)...)
				fmt.Fprintf(&trace, "$ zinit %s\n%s", line, c.stdout.String())
				for line := range strings.Lines(c.stderr.String()) {
					fmt.Fprintf(&trace, "! %s", line)
				}
				fmt.Fprintf(&trace, "= %d\n\n", c.code)
			}
			compare(t, filepath.Join("testdata", name+".golden"), trace.String())
		})
	}
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; with -update it is written anew:\n%s", path, firstDifference(string(want), got))
	}
}

// firstDifference shows the first lines that are not the same.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got  %s\n want %s", i+1, b[i], a[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(b), len(a))
}
