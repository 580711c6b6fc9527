package zinit

func (s *session) rebootCommand() *command {
	return &command{
		name:  "reboot",
		usage: "stop all services in order, then start the machine anew",
		run:   s.tellShim(signalReboot),
	}
}
