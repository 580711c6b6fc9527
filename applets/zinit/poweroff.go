package zinit

func (s *session) poweroffCommand() *command {
	return &command{
		name:  "poweroff",
		usage: "stop all services in order, then power the machine off",
		run:   s.tellShim(signalPowerOff),
	}
}
