package supervisor

import (
	"testing"
	"time"

	"zinit/configs"
)

// TestRepeatedExit sees that an end told twice, as after a crash of the server, does
// not hit who has got the number since, and that one without a start time counts.
func TestRepeatedExit(t *testing.T) {
	for name, test := range map[string]struct {
		born, told uint64 // start times; 0: not known
		want       State
	}{
		"of another":        {born: 7, told: 6, want: StateRunning},
		"its own":           {born: 7, told: 7, want: StateFailed},
		"told by an old":    {born: 7, told: 0, want: StateFailed},
		"nobody saw it yet": {born: 0, told: 6, want: StateFailed},
	} {
		t.Run(name, func(t *testing.T) {
			w := boot(t, service_("x", manual, func(s *configs.Service) { s.Restart = configs.RestartNever }))
			w.unborn = true
			w.step(Start{Name: "x"})
			w.step(Spawned{Name: "x", Gen: 1, Pid: 9, Ticks: test.born})
			w.wait(time.Second)
			w.step(Exited{Pid: 9, Ticks: test.told, Status: Status{Code: 1}})
			w.is(states{"x": test.want})
		})
	}
}
