package main

import "os"

// devData is where `make run` keeps a dev environment, seen from the folder it was started in.
const devData = ".data"

// devToken is what a missing token's message adds where there is a dev environment.
func devToken() string {
	if _, err := os.Stat(devTokenPath(devData)); err != nil {
		return ""
	}
	return " That of the dev environment in this folder: `--token-file " + devTokenPath(devData) + "`."
}

// devServer is what the message adds when nobody answers at address, though a dev
// environment in this folder was started somewhere else.
func devServer(address string) string {
	switch info := readDevInfo(devData); info.URL {
	case "", address:
		return ""
	default:
		return " The dev environment in this folder was started at another address: `--server " + info.URL + "`."
	}
}
