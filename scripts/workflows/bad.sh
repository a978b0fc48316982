#!/usr/bin/env bash
# A test of the test: nobody runs this, and shellcheck must find something here.
rm -- $1
