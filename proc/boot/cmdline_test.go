package boot

import (
	"reflect"
	"testing"
)

func TestParseCommandLine(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       CommandLine
	}{
		{"nothing", "", CommandLine{}},
		{"words that are not ours", "BOOT_IMAGE=/vmlinuz quiet splash 3 single\n", CommandLine{}},
		{"log level", "quiet zinit.log=debug", CommandLine{LogLevel: "debug"}},
		{"a level that the server would refuse", "zinit.log=loud", CommandLine{Unknown: []string{"zinit.log=loud"}}},
		{"target", "zinit.target=rescue", CommandLine{Target: "rescue"}},
		{"emergency", "zinit.emergency", CommandLine{Emergency: true}},
		{"a misspelt word", "zinit.emergancy", CommandLine{Unknown: []string{"zinit.emergancy"}}},
		{"root by label", "root=LABEL=data rw rootwait", CommandLine{Root: "LABEL=data", ReadWrite: true, RootWait: true}},
		{"all of the root's words", "root=/dev/sda1 rootfstype=ext4,xfs rootflags=noatime init=/bin/sh",
			CommandLine{Root: "/dev/sda1", RootType: "ext4,xfs", RootFlags: "noatime", Init: "/bin/sh"}},
		{"the last one counts", "root=/dev/a rw root=/dev/b ro", CommandLine{Root: "/dev/b"}},
		{"quotes", `root="LABEL=my disk" "init=/a b"`, CommandLine{Root: "LABEL=my disk", Init: "/a b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseCommandLine(c.text); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}
