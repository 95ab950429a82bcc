"""Algebra I, Announcements: staff alone write here. Quiz 4 review is empty until it opens."""

from chatserver.demo.talk.say import Edit, Say

TALK = (
    Say(
        -15,
        "7:40",
        "rivera",
        "Welcome. Here you find what everybody needs to know, and nothing else. Ask in General; whatever you want to tell only me goes into our chat, which your parents and the school can read as well.",
    ),
    Say(-15, "7:46", "rivera", "Office hours: every school day until 4:30 PM, in Homework help."),
    Say(
        -14,
        "15:30",
        "chen",
        "The solutions of 6.1 are on the shelf by the door. Correct in another color; I look at what you corrected.",
    ),
    Say(-12, "14:10", "rivera", "Set 6.2 is due on {day-11}."),
    Say(
        -10,
        "7:45",
        "rivera",
        "Rulers and squared paper from today on. There are spare rulers in the blue box, and they like to come home.",
    ),
    Say(
        -8,
        "16:20",
        "rivera",
        "Mr. Chen answered a question in Homework help today that all of you should read: why x² + 9 isn't a square. Thank you, Nadia, for asking it.",
    ),
    Say(-6, "14:10", "chen", "Project groups hang by the door. The first meeting is today."),
    Say(
        -4,
        "14:30",
        "rivera",
        "{Tomorrow} Mr. Farid Haddad takes my lessons. He can read and write in our rooms until 3:30 PM that day.",
    ),
    Say(-2, "14:20", "rivera", "Formula card for Quiz 4: one index card, one side, your own handwriting."),
    Say(
        -1,
        "7:45",
        "rivera",
        "Set 6.3 is due on {day+0}.",
        edits=(Edit("8:20", "Set 6.3 is due on {day+1}, not on {day+0}."),),
        label="due",
    ),
    Say(
        -1,
        "14:15",
        "rivera",
        "**Quiz 4** is on {day+2}. It covers sections 6.1 to 6.4. The review is in its own room on {day+1}, 3:30 to 4:15 PM.",
    ),
    Say(0, "7:50", "chen", "Bring a pencil and your card on {day+2}. Calculators only for the last two problems."),
)
