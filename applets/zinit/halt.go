package zinit

func (s *session) haltCommand() *command {
	return &command{
		name:  "halt",
		usage: "stop all services in order, then halt the machine",
		run:   s.tellShim(signalHalt),
	}
}
