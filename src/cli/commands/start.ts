import { type Command, Option } from "commander";
import { multiaddrsArgument, pathArgument, REGISTRIES, taskTypesArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `start`: a node in the foreground, standalone or beside a daemon. */
export function addStart(program: Command, io: CliIo): void {
  program
    .command("start")
    .description("run a node until SIGINT, SIGTERM or SIGHUP, or until the reader of its output is gone")
    .option(
      "--p2p-listen <multiaddr>",
      "the address that peers connect to; may be repeated (default: port 2135 on loopback, " +
        "on all interfaces if --bootstrap names another machine)",
      multiaddrsArgument,
    )
    .option(
      "--bootstrap <multiaddr>",
      "a peer to connect to first, or a /dnsaddr name of several; may be repeated",
      multiaddrsArgument,
    )
    .addOption(
      new Option(
        "--announce <multiaddr>",
        "the address that peers get instead of the listen addresses: a forwarded port, a DNS name; may be repeated",
      )
        .env("TOS_AI_SYNC_ANNOUNCE")
        .argParser(multiaddrsArgument),
    )
    .option("--daemon <url>", "follow the chain of this TOS daemon, such as ws://127.0.0.1:8080/json_rpc")
    .addOption(
      new Option(
        "--registry <who>",
        "the registry of authors beside a daemon; the choice of the first start is final",
      ).choices(REGISTRIES),
    )
    .option("--registry-file <path>", "who may author records (default on devnet: everyone)", pathArgument)
    .option("--roster-file <path>", "who votes", pathArgument)
    .option("--rules-file <path>", "network rules of a devnet; part of what makes two nodes one network", pathArgument)
    .option("--task-types <names>", "task types to hold, with commas between (default: all)", taskTypesArgument)
    .option("--network-name <name>", 'name of a standalone network (default: "dev")')
    .option("--stop-with-stdin", "stop when standard input ends: when the program that started the node ends or dies")
    .addHelpText(
      "after",
      `
Examples:
  tos-ai-sync start
  tos-ai-sync start --dir-path /srv/tos/ --bootstrap /ip4/192.0.2.7/tcp/2135
  tos-ai-sync start --daemon ws://127.0.0.1:8080/json_rpc --dir-path /srv/tos/
  tos-ai-sync start --api 127.0.0.1:0 --p2p-listen /ip4/127.0.0.1/tcp/0   (ports of the system's choice)
  tos-ai-sync start --bootstrap /dnsaddr/seed.example --announce /dns4/node.example/tcp/2135`,
    )
    .action(async (_own, command: Command) => {
      const { start } = await import("../actions/start.js");
      await start(contextOf(io, command));
    });
}
