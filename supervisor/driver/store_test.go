package driver

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

func testStore(t testing.TB, dir string) *Store {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := OpenStore(root, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(); root.Close() })
	return store
}

// sample is a record with something in every kind of field.
func sample(name string) supervisor.Record {
	return supervisor.Record{
		Name: name, Up: true, State: supervisor.StateRunning, Gen: 7, Pid: 4242, Ticks: 123456,
		Since: 10, Born: 9, ReadyAt: 10, Until: 99, Restarts: 1, Total: 3,
		Last:    supervisor.Status{Signal: 9, OOM: true},
		Failure: supervisor.Failure{Kind: supervisor.FailSignal, Signal: 9, OOM: true},
		Cause:   supervisor.Cause{Kind: supervisor.CauseCommand, By: "start by uid 0"},
		Spec: &configs.Service{
			Name: name, Origin: "/etc/zinit/services/" + name + ".toml", Dir: "/", Umask: 0o22,
			Command: configs.Command{Argv: []string{"/usr/bin/web", "--port", "80"}},
			Env:     map[string]string{"PORT": "80", "HOME": "/srv/web"}, Requires: []string{"database"},
			Status: configs.StatusStart, Class: configs.ClassUser, Restart: configs.RestartOnFailure,
			StopSignal: 15, StartTimeout: 30 * time.Second, StopTimeout: 10 * time.Second,
			RestartDelay: time.Second, RestartDelayMax: time.Minute, BufferLines: 1000,
			Limits: map[string]configs.Limit{"nofile": {Soft: 1024, Hard: configs.Unlimited}},
		},
	}
}

func TestStoreGivesBackWhatWasSaved(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t, dir)
	want := []supervisor.Record{
		{Name: "a bad file's name", State: supervisor.StateFailed, ConfigError: "no exec"},
		sample("db"), sample("web"),
	}
	sys := supervisor.System{Booted: true, Goal: supervisor.GoalReboot, Code: 3}
	store.SaveSystem(sys)
	for i := range want {
		store.Save(&want[i])
	}
	past, gotSys, err := testStore(t, dir).Load()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(past, want) {
		t.Errorf("records came back as\n%+v\nwant\n%+v", past, want)
	}
	if gotSys != sys {
		t.Errorf("system came back as %+v, want %+v", gotSys, sys)
	}
}

func TestStoreReplacesAndRemoves(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t, dir)
	store.SaveSystem(supervisor.System{Booted: true})
	web, db := sample("web"), sample("db")
	store.Save(&web)
	store.Save(&db)
	web.Gen = 8
	store.Save(&web)
	store.Remove("db")
	store.Remove("never-there")
	past, _, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(past) != 1 || past[0].Name != "web" || past[0].Gen != 8 {
		t.Errorf("got %+v, want only web of generation 8", past)
	}
}

func TestStoreDropsABootThatWasNotComplete(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t, dir)
	web := sample("web")
	store.Save(&web)
	past, sys, err := store.Load()
	if err != nil || len(past) != 0 || sys.Booted {
		t.Errorf("got %v, %+v, %v; want a first boot", past, sys, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state/web.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the record is still there: %v", err)
	}
}

func TestStoreSetsDamagedRecordsAside(t *testing.T) {
	good, err := encode(new(sample("web")))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"empty":          "",
		"half":           string(good[:len(good)/2]),
		"not an object":  "[]",
		"wrong type":     `{"name":7}`,
		"another's":      strings.Replace(string(good), `"web"`, `"db"`, 1),
		"unknown state":  strings.Replace(string(good), `"running"`, `"dancing"`, 1),
		"no state":       `{"name":"web","config_error":"x"}`,
		"no definition":  `{"name":"web","state":"running"}`,
		"pid of init":    strings.Replace(string(good), `"pid":4242`, `"pid":1`, 1),
		"negative pid":   strings.Replace(string(good), `"pid":4242`, `"pid":-1`, 1),
		"far too large":  strings.Repeat(" ", recordMax+1),
		"zeroes":         string(make([]byte, 512)),
		"trailing bytes": string(good) + "{}",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			store := testStore(t, dir)
			store.SaveSystem(supervisor.System{Booted: true})
			file := filepath.Join(dir, "state", "web.json")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			past, _, err := store.Load()
			want := []supervisor.Record{{Name: "web", Damaged: true}}
			if err != nil || !reflect.DeepEqual(past, want) {
				t.Errorf("got %+v, %v; want one damaged record", past, err)
			}
			if kept, err := os.ReadFile(file + ".damaged"); err != nil || string(kept) != text {
				t.Errorf("the damaged file was not kept: %v", err)
			}
			if past, _, _ := store.Load(); len(past) != 0 {
				t.Errorf("the damaged record is read again: %+v", past)
			}
		})
	}
}

func TestStoreSurvivesADamagedSystemRecord(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t, dir)
	web := sample("web")
	store.Save(&web)
	if err := os.WriteFile(filepath.Join(dir, "system.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	past, sys, err := store.Load()
	if err != nil || len(past) != 1 || !sys.Booted {
		t.Errorf("got %v, %+v, %v; want a recovery with one record", past, sys, err)
	}
}

func TestStoreTriesAgainWhatCouldNotBeSaved(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t, dir)
	// A directory in the place of the new file: root may write anywhere, but not there.
	for _, blocker := range []string{".new", "state/.new"} {
		if err := os.Mkdir(filepath.Join(dir, blocker), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	web, db := sample("web"), sample("db")
	store.Save(&web)
	store.Save(&db)
	store.SaveSystem(supervisor.System{Booted: true})
	web.Gen = 8
	store.Save(&web)
	store.Remove("db")
	store.Retry()
	if !store.Failing() {
		t.Fatal("nothing failed")
	}
	for _, blocker := range []string{".new", "state/.new"} {
		if err := os.Remove(filepath.Join(dir, blocker)); err != nil {
			t.Fatal(err)
		}
	}
	store.Retry()
	if store.Failing() {
		t.Error("still failing")
	}
	past, sys, err := store.Load()
	if err != nil || len(past) != 1 || past[0].Gen != 8 || !sys.Booted {
		t.Errorf("got %+v, %+v, %v; want web of generation 8", past, sys, err)
	}
}

func TestFileNamesAreSafe(t *testing.T) {
	tests := []struct{ service, file string }{
		{"web", "web.json"},
		{"a_B-9", "a_B-9.json"},
		{strings.Repeat("x", 64), strings.Repeat("x", 64) + ".json"},
		{"-web", "@"},
		{"..", "@"},
		{"a/b", "@"},
		{"\x00", "@"},
		{strings.Repeat("ä", 120), "@"},
	}
	for _, test := range tests {
		got := fileName(test.service)
		if test.file == "@" && (!strings.HasPrefix(got, "@") || len(got) != 38) || test.file != "@" && got != test.file {
			t.Errorf("%q is kept in %q", test.service, got)
		}
		if _, ok := serviceName(got); !ok {
			t.Errorf("%q is not known as a record", got)
		}
	}
}

func FuzzRecord(f *testing.F) {
	good, err := encode(new(sample("web")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"name":"x","state":"failed","config_error":"line 3"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decode(text)
		if err != nil {
			return
		}
		again, err := encode(&r)
		if err != nil {
			t.Fatalf("cannot write what was read: %v", err)
		}
		back, err := decode(again)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, again)
		}
		if third, _ := encode(&back); string(third) != string(again) {
			t.Errorf("not stable:\n%s\n%s", again, third)
		}
	})
}

func BenchmarkSave(b *testing.B) {
	dir, err := os.MkdirTemp("/dev/shm", "zinit-bench")
	if err != nil {
		b.Skip(err)
	}
	defer os.RemoveAll(dir)
	store := testStore(b, dir)
	records := make([]supervisor.Record, 1000)
	for i := range records {
		records[i] = sample(fmt.Sprintf("service-%d", i))
	}
	for i := 0; b.Loop(); i++ {
		store.Save(&records[i%len(records)])
	}
}

func BenchmarkEncode(b *testing.B) {
	r := sample("web")
	for b.Loop() {
		if _, err := encode(&r); err != nil {
			b.Fatal(err)
		}
	}
}
