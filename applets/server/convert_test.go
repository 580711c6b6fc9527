package server

import (
	"encoding/json"
	"testing"
	"time"

	"zinit/configs"
	"zinit/rpc"
	"zinit/supervisor"
)

func TestHealth(t *testing.T) {
	check := &configs.Service{Health: &configs.Health{}}
	tests := []struct {
		name string
		rec  supervisor.Record
		want *rpc.Health
	}{
		{"no checks", supervisor.Record{Spec: &configs.Service{}, Pid: 9}, nil},
		{"no process", supervisor.Record{Spec: check}, nil},
		{"a dead one", supervisor.Record{Spec: check, Pid: 9, Dead: true}, nil},
		{"not ready", supervisor.Record{Spec: check, Pid: 9, ProbeError: "refused"}, &rpc.Health{State: "waiting", Message: "refused"}},
		{"ready", supervisor.Record{Spec: check, Pid: 9, ReadyAt: 1}, &rpc.Health{State: "healthy"}},
		{"ill", supervisor.Record{Spec: check, Pid: 9, ReadyAt: 1, Probes: 2, ProbeError: "refused"}, &rpc.Health{State: "failing", Failures: 2, Message: "refused"}},
		{"checks that the process was not started with", supervisor.Record{Spec: check, Ran: &configs.Service{}, Pid: 9}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := health(supervisor.View{Record: test.rec})
			if (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestSaid(t *testing.T) {
	c := clock{now: supervisor.Instant(time.Hour), wall: time.Unix(1000, 0)}
	rec := supervisor.Record{
		Name: "db", Spec: &configs.Service{}, Pid: 9, Born: c.now.Add(-time.Minute), Forked: c.now.Add(-time.Second),
		Said: supervisor.Said{Status: "at work", Main: 10, Phase: supervisor.PhaseReloading},
	}
	s := c.service(supervisor.View{Record: rec})
	if s.StatusText != "at work" || s.MainPid != 10 || s.Phase != "reloading" || s.UptimeMs != 1000 {
		t.Errorf("alive: %+v", s)
	}
	rec.Said.Main = 9
	if s := c.service(supervisor.View{Record: rec}); s.MainPid != 0 {
		t.Errorf("its main process is its own, but is shown: %+v", s)
	}
	rec.Pid, rec.Said.Main = 0, 10
	if s := c.service(supervisor.View{Record: rec}); s.StatusText != "at work" || s.MainPid != 0 || s.Phase != "" {
		t.Errorf("dead: %+v", s)
	}
}

func TestOutOfMemory(t *testing.T) {
	shown, err := json.Marshal(failure(supervisor.Failure{Kind: supervisor.FailSignal, Signal: 9, OOM: true}))
	if want := `{"type":"signal","signal":"SIGKILL","core":false,"oom":true}`; err != nil || string(shown) != want {
		t.Errorf("got %s, want %s", shown, want)
	}
}
