package mtdvat

// What the command line and a demo reach, for tests.
var (
	SimulatorCommand = simulatorCommand
	StartSimulator   = startSimulator
)
