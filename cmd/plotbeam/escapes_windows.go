package main

import "golang.org/x/sys/windows"

// enableEscapes makes a console of Windows obey escape sequences.
func enableEscapes(out any) {
	f, ok := out.(descriptor)
	if !ok {
		return
	}
	var mode uint32
	if windows.GetConsoleMode(windows.Handle(f.Fd()), &mode) == nil {
		windows.SetConsoleMode(windows.Handle(f.Fd()), mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	}
}
