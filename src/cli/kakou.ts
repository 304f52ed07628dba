#!/usr/bin/env node
import { Command } from 'commander';

const program = new Command('kakou').description('gate and yard supervision edge controller');
program.parse();
