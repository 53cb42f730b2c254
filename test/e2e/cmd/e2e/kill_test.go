package main

import "testing"

func TestKillSeed(t *testing.T) {
	for given, want := range map[string]uint64{"7": 7, "0": 0} {
		t.Setenv("AFROAPP_E2E_KILL", given)
		if seed, err := killSeed(); err != nil || seed != want {
			t.Errorf("%s: got %d, %v", given, seed, err)
		}
	}
	t.Setenv("AFROAPP_E2E_KILL", "never")
	if _, err := killSeed(); err == nil {
		t.Error("a word is taken for a seed")
	}
	t.Setenv("AFROAPP_E2E_KILL", "")
	if seed, err := killSeed(); err != nil || seed == 0 {
		t.Errorf("by chance: got %d, %v", seed, err)
	}
}
