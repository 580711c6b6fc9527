package boot

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWithin(t *testing.T) {
	never := make(chan struct{})
	for _, c := range []struct {
		name string
		most time.Duration
		step func()
		want bool
	}{
		{"a step that ends", time.Minute, func() {}, true},
		{"a step that panics", time.Minute, func() { panic("a bug") }, true},
		{"a step that hangs", time.Millisecond, func() { <-never }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := within(c.most, c.step); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	close(never)
}

func TestCommands(t *testing.T) {
	for goal, want := range map[string][]int{
		PowerOff:  {unix.LINUX_REBOOT_CMD_POWER_OFF, unix.LINUX_REBOOT_CMD_HALT},
		Reboot:    {unix.LINUX_REBOOT_CMD_RESTART},
		Halt:      {unix.LINUX_REBOOT_CMD_HALT},
		"no goal": {unix.LINUX_REBOOT_CMD_POWER_OFF, unix.LINUX_REBOOT_CMD_HALT},
	} {
		if got := commands(goal); !slices.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", goal, got, want)
		}
	}
}
