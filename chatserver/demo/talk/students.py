"""Chats of one student with one teacher. Linked parents and the school's supervisor read along, and the page says so."""

from chatserver.demo.talk.say import Removal, Say

SATO_DEVON = (
    Say(-9, "15:20", "sato", "Devon, your drawing of the cell is clear. Add the vacuole and it is complete."),
    Say(-9, "15:26", "devon", "ok!! is the big empty thing the vacuole"),
    Say(-9, "15:31", "sato", "That is the one. It is not empty, it is full of water."),
    Say(-2, "16:02", "devon", "Hi Mr. Sato, I was out sick {yesterday}. What did I miss?"),
    Say(
        -2,
        "16:10",
        "sato",
        "Feel better! We started osmosis. Read 7.2 and do the egg lab sheet; you can turn it in on {day+1}.",
    ),
    Say(-2, "16:12", "devon", "Thank you!! Is it ok if my mom helps with the egg 😅"),
    Say(-2, "16:13:05", "devon", "what r u doing for lab grades btw", removed=Removal("16:13:40", "devon")),
    Say(-2, "16:15", "sato", "Absolutely. Take a photo before and after."),
)

RIVERA_DEVON = (
    Say(
        -12,
        "15:50",
        "rivera",
        'Devon, your question this morning ("which number goes where") was the right one at the right time. Ask like that more often.',
    ),
    Say(-12, "15:55", "devon", "really? i thought it was dumb"),
    Say(-12, "15:57", "rivera", "It was the lesson. I only had to stand next to it."),
    Say(-6, "15:50", "devon", "can i use the library rug for my project even if its bigger then the others"),
    Say(
        -6,
        "15:54",
        "rivera",
        "Yes. Say on your page which scale you took, and ask Ms. Brooks before you crawl under the table again.",
    ),
    Say(-6, "15:55", "devon", "she saw me??"),
    Say(-6, "15:56", "rivera", "Everybody saw you."),
    Say(
        -2,
        "15:52",
        "rivera",
        "Are you well again? Hana has the sheet of {day-3} for you. Number 3 is the only new thing in it.",
    ),
    Say(-2, "15:54", "devon", "yes just a cold. she gave it to me already"),
    Say(-1, "17:10", "devon", "thank you for the note on my quiz. my mom put it on the fridge"),
    Say(
        0,
        "7:35",
        "rivera",
        "Then it hangs where I wanted it. The two points you lost are the same one twice; you will find it in a minute.",
    ),
    Say(0, "7:41", "devon", "found it!! i forgot the minus when i took it out of the bracket"),
    Say(0, "7:43", "devon", "both times lol. can i write it down for half points", label="half-points"),
)

RIVERA_JADA = (
    Say(
        -11,
        "15:40",
        "rivera",
        "Jada, you wrote that you wait until somebody else says it. You had the right idea about the garden on the first morning, in four words. Say those four words sooner.",
    ),
    Say(-11, "15:48", "jada", "it feels like showing off"),
    Say(-11, "15:52", "rivera", 'A question never does. "What if it is tiny" was a question.'),
    Say(-11, "15:53", "jada", "ok i will try with questions"),
    Say(-7, "16:02", "jada", "i asked kenji about −100 today"),
    Say(-7, "16:06", "rivera", "I saw it, and he had no answer. That was the best moment of the afternoon."),
    Say(-1, "15:42", "jada", "is it bad if i was scared of the practise quiz and then it was fine"),
    Say(-1, "15:47", "rivera", "It is how it nearly always goes. Remember it on {day+2} at the first problem."),
)

RIVERA_LIAM = (
    Say(-13, "15:45", "liam", "Ms. Rivera, I understand it when I read it but not when I start from nothing."),
    Say(
        -13,
        "15:51",
        "rivera",
        'Then don\'t start from nothing. Start from the last line that you do understand, and ask "why" about it. You are good at why.',
    ),
    Say(-13, "15:53", "liam", "Is it ok to ask why in General? It stops everybody."),
    Say(-13, "15:55", "rivera", "It stops everybody at the right place. Please do."),
    Say(
        -5,
        "16:20",
        "rivera",
        "What you wrote to Zoe about the half of a half was clear and kind. I could not have done it shorter.",
    ),
    Say(-5, "16:24", "liam", "thank you"),
    Say(-1, "15:30", "rivera", 'For the review: bring one "why" that you still have. I will begin with yours.'),
    Say(-1, "15:36", "liam", "thank you, that helps"),
)

RIVERA_CALEB = (
    Say(-12, "15:41", "caleb", "i keep starting and then i stop because maybe its wrong"),
    Say(-12, "15:46", "rivera", "What do you think happens when it is wrong?"),
    Say(-12, "15:47", "caleb", "nothing i guess"),
    Say(-12, "15:48", "rivera", "I say thank you, that is what happens. Start the next one with a mistake on purpose."),
    Say(
        -7,
        "15:41",
        "rivera",
        "It was good to have you back in the room this morning. Is there anything that you missed and want to have?",
    ),
    Say(-7, "15:44", "caleb", "the page from {day-8}. and i have the poster key still"),
    Say(-7, "15:45", "rivera", "The page is in your folder, and the key can stay with you. You are the key person."),
    Say(-7, "15:46", "caleb", "haha ok"),
)

CHEN_LIAM = (
    Say(-9, "15:33", "chen", 'Liam, for the record: "a 3 by 3 corner" was the sentence the class needed today.'),
    Say(-9, "15:38", "liam", "caleb had the half first"),
    Say(-9, "15:40", "chen", "He did, and it is like you to say so."),
    Say(-4, "15:42", "liam", "Is √7 really a place on the number line or only a name?"),
    Say(
        -4,
        "15:50",
        "chen",
        "A place. Draw a right triangle with 3 and √7... no, take this one: legs √3 and 2. How long is the long side? Measure it with a ruler, and you have put your finger on √7.",
    ),
    Say(-4, "15:58", "liam", "2.65!! I put my finger on it"),
)

CHEN_YUSUF = (
    Say(
        -3,
        "15:20",
        "yusuf",
        "Mr. Chen, my report will not be done by 3:30. I had to work last night. May I finish it {tomorrow}?",
    ),
    Say(
        -3,
        "15:26",
        "chen",
        "Thank you for telling me before and not after. A day late costs a step, and I will read it with the same eyes.",
    ),
    Say(
        -2,
        "21:58",
        "yusuf",
        "It is done, all three pages. Sorry for the hour. It is in your tray before the first bell.",
    ),
    Say(
        -1,
        "8:00",
        "chen",
        "Good morning. You finished it on the day you said, so it counts as one day late and no more. I read it before your lesson.",
    ),
    Say(
        -1,
        "10:02",
        "chen",
        "The paragraph on the end point is excellent. B+; on time it would have been an A−. Sleep well tonight.",
        label="grade",
    ),
    Say(-1, "10:08", "yusuf", "That is fair. Thank you, I will."),
)

CHEN_TOBIAS = (
    Say(-5, "15:50", "tobias", "do i really keep the wrong number in the report"),
    Say(-5, "15:55", "chen", "Yes. Anybody can copy 0.0966. Only you can explain 0.102."),
    Say(-5, "15:57", "tobias", "ok when you say it like that"),
    Say(-2, "15:41", "tobias", "question not about titration: do nurses need a lot of chemistry"),
    Say(
        -2,
        "15:46",
        "chen",
        "They need to know why a number on a bottle matters, and when to distrust it. You learned the second one on {day-5}.",
    ),
)

SATO_PRIYA = (
    Say(
        -8,
        "11:20",
        "sato",
        "Priya, I saw what was written to you, and it is gone. It was wrong, and it is not about you. You don't have to answer me; I only want you to know that I know.",
    ),
    Say(-8, "11:31", "priya", "thank you. can i be in a group with elif"),
    Say(-8, "11:33", "sato", "Yes. It is done."),
    Say(-7, "15:33", "sato", "How was the first day in the new group?"),
    Say(-7, "15:39", "priya", "good. jada laughs about everything but not about people"),
    Say(-7, "15:41", "sato", "That is a fine way to say it."),
    Say(-6, "15:20", "priya", "did you really mean you want to steal the numbered list"),
    Say(
        -6,
        "15:25",
        "sato",
        "I have stolen it already. It will be on the next lab sheet, with a note that it is yours, if you like that.",
    ),
    Say(-6, "15:26", "priya", "ok :) but only priya s. not my whole name"),
)

SATO_EWAN = (
    Say(
        -8,
        "11:05",
        "sato",
        "Ewan, I took your sentence down. Come to me at the end of the lesson, please. I want to hear how it came to that, and I am not going to shout.",
    ),
    Say(-8, "15:48", "ewan", "i didnt mean it like that. i thought we would lose points if we were 4"),
    Say(
        -8,
        "15:55",
        "sato",
        'Then the sentence to write was "we are afraid of losing points". I would have answered it in ten seconds: you don\'t.',
    ),
    Say(-8, "16:02", "ewan", "i will say sorry {tomorrow}. in the room or to her"),
    Say(-8, "16:08", "sato", 'It was said in the room, so in the room. Short and without a "but".'),
    Say(-7, "15:35", "sato", 'That was short, and without a "but". Thank you.'),
)

BROOKS_OSKAR = (
    Say(
        -14,
        "13:40",
        "brooks",
        "Oskar, thank you for taking the street's name out. \"Trains pass. Plates shake. We count.\" is stronger without it, and it is nobody's business where you live.",
    ),
    Say(
        -14,
        "13:46",
        "oskar",
        "I read your task a second time before I sent it. It asked what the street is like, and not which one.",
    ),
    Say(-14, "13:48", "brooks", "You are the first to read it twice."),
    Say(-3, "13:30", "oskar", "May I write more than sixty words about the trains?"),
    Say(-3, "13:34", "brooks", "Six hundred, if they want to. I am curious what else your father counts."),
)

BROOKS_THUY = (
    Say(-11, "13:30", "thuy", "is it bad that i write how i talk"),
    Say(
        -11,
        "13:36",
        "brooks",
        "It is the hardest thing there is, and you do it without trying. Let me correct the spelling at the end, and never the voice.",
    ),
    Say(-11, "13:37", "thuy", "ok!! laundry is in now btw"),
    Say(-11, "13:40", "brooks", 'I saw it. "The laundry knows everybody\'s size." You are going to be dangerous.'),
)
