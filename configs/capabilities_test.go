package configs

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

func TestCapability(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		ok     bool
	}{
		{"CAP_CHOWN", 0, true}, {"net_bind_service", 10, true}, {"Cap_Sys_Admin", 21, true}, {"CAP_SETFCAP", 31, true},
		{"CAP_AUDIT_READ", 37, true}, {"CAP_CHECKPOINT_RESTORE", 40, true},
		{"", -1, false}, {"CAP_", -1, false}, {"CAP_CAP_CHOWN", -1, false}, {"all", -1, false}, {"0", -1, false},
	} {
		if number, ok := Capability(c.name); number != c.number || ok != c.ok {
			t.Errorf("%s: got %d, %v", c.name, number, ok)
		}
	}
}

// TestCapabilityNumbers compares the table with the kernel's header, where there
// is one.
func TestCapabilityNumbers(t *testing.T) {
	header, err := os.ReadFile("/usr/include/linux/capability.h")
	if err != nil {
		t.Skip(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^#define (CAP_[A-Z_]+)\s+(\d+)$`).FindAllStringSubmatch(string(header), -1) {
		if number, ok := Capability(m[1]); !ok || strconv.Itoa(number) != m[2] {
			t.Errorf("%s is %s, not %d", m[1], m[2], number)
		}
	}
}
