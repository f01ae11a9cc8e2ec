//go:build !crashtest

package oauthconsumer

func crash(string) {}
