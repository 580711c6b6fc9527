package rpc

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden has every type of the protocol, with all its keys.
func golden() map[string]any {
	code, yes, lines, wait := 1, true, 10, false
	line := Line{Service: "web", Stream: "stdout", TimeMs: 1700000000000, Text: "a <b> & \ufffd", Bytes: []byte("a <b> & \xff"), Partial: true}
	return map[string]any{
		"ping":  Ping{"1.2.3", 42},
		"info":  Info{"1.2.3", "container", 42, 1700000000000, "/run/zinit.sock", []string{"/etc/zinit/services"}, map[string]int{"running": 2, "failed": 1}},
		"check": Check{"cgroup", false, "there is no cgroup v2: what escapes is searched for"},
		"service": Service{Name: "web", Kind: "service", Class: "user", Status: "start", State: "running", Up: true, Wanted: true,
			Pid: 4242, SinceMs: 1700000000000, UptimeMs: 5000, Restarts: 1, RestartsTotal: 7, Description: "The shop", Origin: "/etc/zinit/services/web.toml"},
		"service_failed": Service{Name: "db", Kind: "service", Oneshot: true, Class: "system", Status: "ignore", State: "failed",
			SinceMs: 1700000000000, NextStartMs: 1700000001000, ExitCode: &code, Signal: "SIGKILL",
			Failure:   &Failure{Type: "signal", Code: &code, Signal: "SIGKILL", Core: &yes, OOM: &yes, Attempts: 3, Message: "no such file"},
			WaitingOn: []Wait{{Service: "disk", Reason: "failed", Root: "controller"}}, Health: &Health{State: "failing", Failures: 2}, Origin: "runtime", ConfigError: "web.toml:1:2: no", Leftover: []int{7}},
		"line":         line,
		"line_lost":    Line{Service: "web", Stream: "stderr", TimeMs: 1700000000000, Lost: 123},
		"why":          Why{"web", "blocked", "web waits for db, which failed", []WhyLink{{"web", "blocked", "failed", "start by uid 0", nil, "", nil}, {"db", "failed", "exit_code", "exit", &code, "SIGTERM", []Line{{Service: "db", Stream: "stderr", Text: "no disk"}}}}},
		"tree_node":    TreeNode{"web", "service", "running", []string{"db"}, []string{"log"}, []string{"cache"}, []string{"old"}},
		"reload":       Reload{[]string{"a"}, []string{"b"}, []string{"c"}, []string{"d"}, 5, []ConfigError{{"/etc/zinit/services/x.toml", 3, 7, "unknown key"}}},
		"bulk":         Bulk{[]string{"web"}, []Skipped{{"db", "class system"}}},
		"event":        Event{1700000000000, "web", "starting", "running", "exec succeeded"},
		"subscription": Subscription{1},
		"process":      Process{1, 0, 1, "/sbin/init", "S", []Process{{2, 1, 2, "sh -c \"a\"", "R", nil}}},
		"error":        Errorf(NotFound, "wbe", "cannot stop wbe: there is no such service"),
		"name":         Name{"web"},
		"order":        Order{"web", &wait, 5000, true},
		"kill":         Kill{"web", json.RawMessage(`"SIGHUP"`)},
		"add":          Add{TOML: "[service]\nexec = \"true\"\n", Name: "web", Persist: true, Start: true},
		"remove":       Remove{"web", true, true},
		"dry_run":      DryRun{true},
		"log_query":    LogQuery{[]string{"web"}, &lines, 1700000000000, "stdout", true},
		"names":        Names{[]string{"web"}},
		"none":         None{},
	}
}

// The JSON of each type is a promise: a golden file changes only by additions.
func TestGolden(t *testing.T) {
	for name, value := range golden() {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(value, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %s\nwant %s", got, want)
			}
			comesBack(t, value, want)
		})
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(golden()) {
		t.Errorf("%d golden files for %d types, error %v", len(files), len(golden()), err)
	}
}

// comesBack reads the golden text strictly and writes it once more.
func comesBack(t *testing.T, value any, text []byte) {
	t.Helper()
	again := reflect.New(reflect.TypeOf(value))
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(again.Interface()); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(again.Elem().Interface(), "", "  ")
	if err != nil || string(got)+"\n" != string(text) {
		t.Errorf("comes back as %s, error %v", got, err)
	}
}

// Arrays and objects of the contract are never null.
func TestNothingIsNull(t *testing.T) {
	for _, value := range []any{Info{}, Why{}, TreeNode{}, Reload{}, Bulk{}, Process{}} {
		if got, err := json.Marshal(value); err != nil || strings.Contains(string(got), "null") {
			t.Errorf("%T: %s, error %v", value, got, err)
		}
	}
}

// Text that is no UTF-8 becomes UTF-8 on the wire.
func TestTextIsValid(t *testing.T) {
	frame := resultFrame(nil, Line{Text: "a\xffb"})
	if !strings.Contains(string(frame), `"text":"a\ufffdb"`) {
		t.Errorf("got %q", frame)
	}
}

// A deep chain of processes costs time in proportion to its length.
func TestDeepProcesses(t *testing.T) {
	root := Process{Pid: 1}
	for range 4000 {
		root = Process{Pid: 1, Children: []Process{root}}
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	var back Process
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
}
