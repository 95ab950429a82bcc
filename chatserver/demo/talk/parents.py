"""Chats of a parent with a teacher, each about one child. Two of them are in Spanish."""

from chatserver.demo.talk.say import Say

PAULA_SATO = (  # about Devon
    Say(
        -2,
        "17:40",
        "paula",
        "Hello Mr. Sato. Devon tells me that the kitchen is a laboratory for the next few days. Is there anything I should not let him do alone?",
    ),
    Say(
        -1,
        "8:02",
        "sato",
        "Good morning, Ms. Kim. Vinegar and an egg are harmless; the only danger is the carpet. Let him lift it himself, with a spoon, and measure before and after.",
    ),
    Say(
        -1,
        "12:15",
        "paula",
        "The carpet has been warned. Thank you for the note about the drawing, by the way. He showed me twice.",
    ),
    Say(
        -1,
        "15:05",
        "sato",
        'He earned it. He asks "is that the one?" until he is sure, and that is exactly what I hope for.',
    ),
)

PAULA_BROOKS = (  # about Mina
    Say(
        -5,
        "15:10",
        "brooks",
        "Hello Ms. Kim. Mina has a place in the Writing lab and comes on {day-4} for the first time, on paper until you have decided about the chat. There is no hurry from my side; she misses nothing that I can't print.",
    ),
    Say(
        -5,
        "18:20",
        "paula",
        "Thank you for saying that. I said yes for Devon without much thinking, and with an eleven-year-old I want to read everything first.",
    ),
    Say(
        -4,
        "15:12",
        "brooks",
        "Please do. Each part of the notice can be a yes or a no on its own, and you can change your mind at any time. Mina's first six words were about a very small elevator, and they were wonderful.",
    ),
    Say(-4, "17:31", "paula", "That elevator. We live in it."),
    Say(
        -1,
        "17:55",
        "paula",
        "I am nearly through. Her other question at home is whether the big ones can see what she writes.",
    ),
    Say(
        0,
        "7:48",
        "brooks",
        "Good morning. The twelve of the lab can, and I, and you. Above every box it says who reads, and she can look there whenever she wonders.",
    ),
)

ROSA_RIVERA = (  # about Mateo, in Spanish
    Say(-13, "17:20", "rosa", "Buenas tardes, Ms. Rivera. Soy la mamá de Mateo. ¿Puedo escribirle en español?"),
    Say(
        -12,
        "8:03",
        "rivera",
        "Buenos días, señora Ramírez. Por supuesto, con mucho gusto. En mi casa también se habla español.",
    ),
    Say(
        -12,
        "12:40",
        "rosa",
        "Qué alegría. Mateo dice que las matemáticas ahora son un jardín y yo no entiendo nada, pero lo veo contento.",
    ),
    Say(
        -12,
        "14:45",
        "rivera",
        "Es la mejor descripción que he leído de mi clase. Pregúntele por qué faltan 4 pies: lo explica muy bien, y esta tarde quiere ayudar a otros en la biblioteca.",
    ),
    Say(-12, "18:02", "rosa", "Me lo acaba de explicar con tortillas. Ahora sí lo entendí: la esquina sale sobrando."),
    Say(-11, "8:05", "rivera", "Con tortillas. Voy a usar ese ejemplo, si usted me lo permite."),
    Say(-11, "12:20", "rosa", "Claro que sí, maestra."),
    Say(
        -4,
        "17:35",
        "rosa",
        "Maestra, ¿cuándo es el examen? Mateo trabaja los sábados con su tío y quiero que descanse antes.",
    ),
    Say(
        -2,
        "8:01",
        "rivera",
        "Buenos días. Es el {dia+2}. Puede llevar una tarjeta con sus fórmulas, escrita a mano y por un solo lado. El {dia+1} hay un repaso de 3:30 a 4:15; usted puede leerlo si quiere. {Ayer} estuve fuera, por eso le contesto hoy.",
    ),
    Say(
        -2,
        "12:33",
        "rosa",
        "No se preocupe. Gracias por contestar siempre. Ya le dije que la tarjeta no se hace la noche anterior.",
    ),
    Say(-2, "14:50", "rivera", "Eso vale más que cualquier fórmula."),
)

BEATRIZ_BROOKS = (  # about Bruno, in Spanish
    Say(
        -11,
        "17:05",
        "beatriz",
        "Hola, Ms. Brooks. Soy Beatriz, la tutora de Bruno. Me dijo que usted habla español porque vivió en Bogotá. ¿Es cierto?",
    ),
    Say(
        -10,
        "8:04",
        "brooks",
        "Hola, Beatriz. Es cierto: tres años, y todavía sueño con las arepas. Perdone mis errores.",
    ),
    Say(
        -10,
        "12:25",
        "beatriz",
        "Escribe usted mejor que mis hermanos. Quería preguntarle si Bruno se porta bien. En casa solo habla de comida.",
    ),
    Say(
        -10,
        "14:40",
        "brooks",
        "Se porta muy bien, y escribe de comida mejor que nadie. Hace unos días hizo reír a toda la clase con una pelota y una cerca. Además, cambió una palabra para no nombrar a una vecina, sin que nadie se lo pidiera.",
    ),
    Say(-10, "18:15", "beatriz", "Eso no me lo contó. Gracias por decírmelo."),
    Say(
        -6,
        "14:55",
        "brooks",
        "Hoy escribió un diálogo de cuatro líneas con un crimen y una confesión. Pídale que se lo lea en voz alta.",
    ),
    Say(-6, "19:10", "beatriz", "Lo leyó en la cena. El crimen fue mi flan. Ahora lo sé."),
)

DANA_RIVERA = (  # about Caleb
    Say(
        -9,
        "16:25",
        "dana",
        "Ms. Rivera, I took back my yes for Caleb this morning. It isn't about you or the class. I need a day or two to read what I signed in September.",
    ),
    Say(
        -8,
        "8:02",
        "rivera",
        "Good morning, Ms. Whitfield. Thank you for telling me; you didn't have to. Caleb gets everything on paper, and nobody in class hears more than that he is all right.",
    ),
    Say(-8, "12:50", "dana", "That is kind. He was in the middle of a sentence, he says."),
    Say(-8, "14:35", "rivera", "He was, and it was a good one. It can wait."),
    Say(
        -7,
        "7:35",
        "dana",
        "I have read it all and said yes again, without the public pages this time. He knows. He was dressed at 6:30.",
    ),
    Say(
        -7,
        "8:10",
        "rivera",
        "He is in the room already, and was greeted like somebody who had been at sea. Thank you for the care you took.",
    ),
)

SAMUEL_RIVERA = (  # about Kenji
    Say(
        -14,
        "18:10",
        "samuel",
        "Good evening. Kenji drew a garden on the kitchen table last night, on the table itself. Is that yours?",
    ),
    Say(
        -13,
        "8:01",
        "rivera",
        "Good morning, Mr. Okafor. It is, and I am sorry about the table. It is also the best explanation anybody in class has given so far.",
    ),
    Say(-13, "12:05", "samuel", "It washes off. I asked him to leave it for a few days, so that I can show his aunt."),
    Say(-13, "14:50", "rivera", "Then I am only half sorry."),
)

JUN_RIVERA = (  # about Devon
    Say(
        -3,
        "7:20",
        "jun",
        "Good morning. Devon has a fever and stays at home today. Could somebody keep the sheets for him?",
    ),
    Say(
        -2,
        "7:50",
        "rivera",
        "Good morning, Mr. Kim. I was away {yesterday}; Hana kept everything for him, and wrote down what isn't on the sheet. Is he better?",
    ),
    Say(
        -2,
        "7:58",
        "jun",
        "Much. He left the house talking about a ball and minus four seconds, and he wasn't even there.",
    ),
)
