"""A miner: answers every open task of GeneralTask.

python3 miner.py <data directory> <author key> <state file>
"""

import pathlib
import sys

from tos_node import Node, Refused, read_state, save_state

node = Node(sys.argv[1])
author = sys.argv[2]
state_file = pathlib.Path(sys.argv[3])
state = read_state(state_file)


def solve(description, data):
    """The work of a miner: here the number of words of the task."""
    return f"{len((description + ' ' + data).split())} words"


def answer(task_id):
    """Answers a task once: a repeated call with the same idempotency key publishes nothing."""
    try:
        data = node.insist("ai_get_task_details", task_id=task_id)["task_data"]
        # The data of a task may come later than its announcement; then it is answered after the next event.
        if data is None:
            state["waiting"].append(task_id)
            return
        found = solve(data["description"], data.get("data", ""))
        key = "answer-" + task_id[:48]
        made = node.insist("ai_submit_solution", task_id=task_id, answer=found, author=author, idempotency_key=key)
        print(f"submitted {made['record']['id']} to {task_id}", flush=True)
    except Refused as refused:
        # Own task, over, cancelled, answered by another run: nothing to do. Another error is a defect of the bot.
        if refused.code == "bad_parameters":
            raise
        print(f"skipped {task_id}: {refused.code}", flush=True)


def open_tasks():
    """Every open task, for the case that events were missed."""
    page = {"next": None}
    while True:
        after = {} if page["next"] is None else {"after": page["next"]}
        page = node.insist("ai_list_active_tasks", task_type="GeneralTask", **after)
        yield from (task["task_id"] for task in page["tasks"])
        if page["next"] is None:
            return


for event in node.events(state["after"]):
    waiting, state["waiting"] = state["waiting"], []
    for task_id in waiting:
        answer(task_id)
    if event["event"] == "events_missed":
        for task_id in open_tasks():
            answer(task_id)
    if event["event"] == "task_published" and event["task_type"] == "GeneralTask":
        answer(event["task_id"])
    state["after"] = event["sequence"]
    save_state(state_file, state)
