package configs

import (
	"slices"
	"strings"
)

// capabilityNames are the capabilities of Linux by number, without CAP_
// (capabilities(7), linux/capability.h). The last came with Linux 5.9.
var capabilityNames = [...]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// Capability is the number of a capability, 0 to 40, by its name, with CAP_ or
// without, in any case. ok is false for a name that Linux 5.9 did not have.
func Capability(name string) (number int, ok bool) {
	number = slices.Index(capabilityNames[:], bareCapability(name))
	return number, number >= 0
}

// bareCapability is a name as the table has it.
func bareCapability(name string) string { return strings.TrimPrefix(strings.ToUpper(name), "CAP_") }

// capabilities is the array of all capabilities that a service has. None at all
// is not the same as no array.
type capabilities struct{}

func (capabilities) allowed() string { return `an array of names, such as ["CAP_NET_BIND_SERVICE"]` }

func (f capabilities) read(s *source, key string, v value, to *Service) {
	words, ok := s.strings(key, v, f.allowed())
	names := make([]string, 0, len(words))
	for i, w := range words {
		number, known := Capability(w)
		if !known {
			s.fault(v.items[i].at, "%s: unknown capability %s: use a name of capabilities(7), such as CAP_NET_BIND_SERVICE or CAP_CHOWN%s",
				key, quote(w), meantCapability(w))
			ok = false
			continue
		}
		name := "CAP_" + capabilityNames[number]
		if slices.Contains(names, name) {
			s.fault(v.items[i].at, "%s names %s twice", key, name)
			ok = false
		}
		names = append(names, name)
	}
	if ok {
		slices.Sort(names)
		to.Capabilities = names
	}
}

func (capabilities) show(of *Service) any {
	if of.Capabilities == nil {
		return nil
	}
	return of.Capabilities
}

// meantCapability is [didYouMean] for capabilities. CAP_ makes no name likelier.
func meantCapability(word string) string {
	near := nearest(bareCapability(word), slices.Values(capabilityNames[:]))
	if near == "" {
		return ""
	}
	return ": did you mean " + quote("CAP_"+near) + "?"
}
