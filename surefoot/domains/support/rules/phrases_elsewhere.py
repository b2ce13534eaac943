"""The same phrases in the other languages that letters are written in."""

from collections.abc import Mapping
from typing import Final

from surefoot.domains.support.language import Language
from surefoot.domains.support.rules.phrases import ENGLISH

GERMAN: Final[Mapping[str, str]] = {
    "delivered": "Ihre Bestellung {order} wurde am {delivered} zugestellt.",
    "not_found_there": "Falls Sie sie nicht finden, fragen Sie bitte bei den Nachbarn und antworten Sie auf diese "
    "Nachricht.",
    "shipped": "Ihre Bestellung {order} ist unterwegs. Der Paketdienst nennt den {expected} als Tag der Ankunft.",
    "delayed": "Ihre Bestellung {order} ist unterwegs. Sie sollte am {expected} ankommen und ist verspätet, das tut "
    "uns leid.",
    "cancelled": "Ihre Bestellung {order} ist storniert; es kommt nichts mehr.",
    "packed": "Ihre Bestellung {order} vom {placed} wird gerade gepackt und ist noch nicht verschickt.",
    "tracking": "Sie können sie bei {carrier} unter {tracking} verfolgen; der letzte Eintrag ist vom {seen} ({place}).",
    "rule": "Bei uns kann eine Bestellung innerhalb von {days} Tagen nach der Lieferung zurückgeschickt werden.",
    "rule_until": "Für Ihre Bestellung {order} ist das bis zum {ends} möglich.",
    "rule_open": "Ihre Bestellung {order} ist noch nicht angekommen.",
    "refund": "Wir haben Ihnen {amount} für Ihre Bestellung {order} erstattet.",
    "fee": "Die Rücksendekosten von {fee} sind abgezogen.",
    "payout": "Das Geld ist innerhalb von {payout} Tagen bei Ihnen.",
    "cancel": "Wir haben Ihre Bestellung {order} storniert. Sie bekommen {paid} zurück.",
    "address": "Wir haben die Adresse Ihrer Bestellung {order} geändert. Sie geht nun an: {address}.",
    "label": "Wir haben Ihnen ein Etikett für die Rücksendung Ihrer Bestellung {order} per E-Mail geschickt.",
    "label_until": "Sie können die Bestellung bis zum {ends} zurückschicken.",
    "erase": "Wir haben Ihre persönlichen Daten gelöscht. Was wir nach dem Gesetz aufheben müssen, trägt keinen "
    "Namen mehr.",
    "offer": "Es tut uns leid, dass mit Ihrer Bestellung {order} etwas nicht in Ordnung ist.",
    "offer_refund": "Wenn Sie das Geld ({amount}) zurück möchten, antworten Sie bitte auf diese Nachricht.",
    "paid_back": "Für Ihre Bestellung {order} gingen {refunded} an Sie zurück, auf dem Weg, auf dem Sie bezahlt haben.",
    "not_paid_back": "Für Ihre Bestellung {order} ist bisher kein Geld zurückgegangen. Wenn Sie eine Erstattung "
    "möchten, "
    "nennen Sie uns bitte den Grund.",
    "no_refund": "Es tut uns leid: Wir können Ihre Bestellung {order} nicht erstatten, denn {why}.",
    "no_cancel": "Es tut uns leid: Wir können Ihre Bestellung {order} nicht stornieren, denn {why}.",
    "no_address": "Es tut uns leid: Wir können die Adresse Ihrer Bestellung {order} nicht mehr ändern, denn {why}.",
    "no_label": "Es tut uns leid: Sie können Ihre Bestellung {order} nicht zurückschicken, denn {why}.",
    "no_erase": "Es tut uns leid: Wir können Ihre Daten noch nicht löschen, denn eine Bestellung ist noch unterwegs.",
    "declined": "Wir haben Ihre Bitte{about} geprüft. Es tut uns leid, dass wir sie nicht erfüllen können.",
    "about": " zu Ihrer Bestellung {order}",
    "which_order": "Um welche Ihrer Bestellungen geht es? Bei uns haben Sie:",
    "which_line": "- {order} vom {placed}",
    "which_end": "Bitte antworten Sie mit der Nummer.",
    "no_orders": "Wir finden keine Bestellung unter Ihrer E-Mail-Adresse. Mit welcher Adresse haben Sie bestellt?",
    "which_address": "Bitte nennen Sie uns die ganze neue Adresse für Ihre Bestellung {order}: Straße und Hausnummer, "
    "Postleitzahl, Ort und Land.",
    "which_reason": "Sie möchten eine Erstattung für Ihre Bestellung {order}. Was ist der Grund: Ist etwas "
    "kaputt, ist es der "
    "falsche Artikel, ist nichts angekommen, oder möchten Sie die Ware nicht behalten?",
    "order_in_question": "",
    "paid_back_why": "sie ist schon ganz erstattet worden",
    "late": "unsere Frist von {days} Tagen nach der Lieferung ist am {ends} abgelaufen",
    "reported_delivered": "der Paketdienst hat die Zustellung am {delivered} gemeldet",
    "not_delivered": "sie ist noch nicht angekommen",
    "already_shipped": "sie ist schon verschickt",
    "already_delivered": "sie ist schon zugestellt",
    "already_cancelled": "sie ist schon storniert",
    "already_packed": "sie ist gerade dem Paketdienst übergeben worden",
    "unknown": "unsere Bedingungen erlauben es nicht",
}
SPANISH: Final[Mapping[str, str]] = {
    "delivered": "Su pedido {order} se entregó el {delivered}.",
    "not_found_there": "Si no lo encuentra, pregunte por favor a los vecinos y responda a este mensaje.",
    "shipped": "Su pedido {order} está en camino. El transportista da el {expected} como día de llegada.",
    "delayed": "Su pedido {order} está en camino. Debía llegar el {expected} y lleva retraso, lo sentimos.",
    "cancelled": "Su pedido {order} está cancelado; no se enviará nada más.",
    "packed": "Su pedido {order} del {placed} se está preparando y todavía no ha salido.",
    "tracking": "Puede seguirlo con {carrier} bajo el número {tracking}; la última entrada es del {seen} ({place}).",
    "rule": "Con nosotros, un pedido se puede devolver en los {days} días después de la entrega.",
    "rule_until": "Para su pedido {order} es hasta el {ends}.",
    "rule_open": "Su pedido {order} todavía no se ha entregado.",
    "refund": "Le hemos reembolsado {amount} por su pedido {order}.",
    "fee": "De esa cantidad se han descontado los gastos de devolución de {fee}.",
    "payout": "El dinero le llegará en un plazo de {payout} días.",
    "cancel": "Hemos cancelado su pedido {order}. Los {paid} vuelven a usted.",
    "address": "Hemos cambiado la dirección de su pedido {order}. Ahora va a: {address}.",
    "label": "Le hemos enviado por correo una etiqueta para devolver su pedido {order}.",
    "label_until": "El pedido se puede devolver hasta el {ends}.",
    "erase": "Hemos borrado sus datos personales. Lo que la ley nos obliga a guardar ya no lleva su nombre.",
    "offer": "Sentimos que su pedido {order} no esté como debería.",
    "offer_refund": "Si desea que le devolvamos el dinero ({amount}), responda por favor a este mensaje.",
    "paid_back": "Por su pedido {order} volvieron a usted {refunded}, por la misma vía de pago.",
    "not_paid_back": "Por su pedido {order} no se ha devuelto nada hasta ahora. Si desea un reembolso, díganos el "
    "motivo.",
    "no_refund": "Lo sentimos: no podemos reembolsar su pedido {order}, porque {why}.",
    "no_cancel": "Lo sentimos: no podemos cancelar su pedido {order}, porque {why}.",
    "no_address": "Lo sentimos: no podemos cambiar la dirección de su pedido {order}, porque {why}.",
    "no_label": "Lo sentimos: su pedido {order} no se puede devolver, porque {why}.",
    "no_erase": "Lo sentimos: todavía no podemos borrar sus datos, porque un pedido está aún en camino.",
    "declined": "Hemos estudiado su petición{about}. Sentimos no poder hacer lo que nos pide.",
    "about": " sobre su pedido {order}",
    "which_order": "¿De cuál de sus pedidos se trata? Con nosotros tiene:",
    "which_line": "- {order}, del {placed}",
    "which_end": "Por favor, responda con el número.",
    "no_orders": "No encontramos ningún pedido con su dirección de correo. ¿Con qué dirección hizo el pedido?",
    "which_address": "Por favor, envíenos la nueva dirección completa para su pedido {order}: calle y número, código "
    "postal, ciudad y país.",
    "which_reason": "Desea un reembolso de su pedido {order}. ¿Cuál es el motivo: hay algo roto, es un "
    "artículo equivocado, no "
    "ha llegado, o prefiere no quedárselo?",
    "order_in_question": "",
    "paid_back_why": "ya se ha reembolsado por completo",
    "late": "nuestro plazo de {days} días después de la entrega terminó el {ends}",
    "reported_delivered": "el transportista indica que se entregó el {delivered}",
    "not_delivered": "todavía no se ha entregado",
    "already_shipped": "ya está en camino",
    "already_delivered": "ya se entregó",
    "already_cancelled": "ya está cancelado",
    "already_packed": "acaba de salir con el transportista",
    "unknown": "nuestras condiciones no lo permiten",
}
FRENCH: Final[Mapping[str, str]] = {
    "delivered": "Votre commande {order} a été livrée le {delivered}.",
    "not_found_there": "Si vous ne la trouvez pas, demandez aux voisins et répondez à ce message.",
    "shipped": "Votre commande {order} est en route. Le transporteur donne le {expected} comme jour d'arrivée.",
    "delayed": "Votre commande {order} est en route. Elle était prévue pour le {expected} et a du retard, nous en "
    "sommes désolés.",
    "cancelled": "Votre commande {order} est annulée ; plus rien ne sera envoyé.",
    "packed": "Votre commande {order} du {placed} est en préparation et n'est pas encore partie.",
    "tracking": "Vous pouvez la suivre avec {carrier} sous le numéro {tracking} ; la dernière entrée est du {seen} "
    "({place}).",
    "rule": "Chez nous, une commande peut être renvoyée dans les {days} jours après la livraison.",
    "rule_until": "Pour votre commande {order}, c'est jusqu'au {ends}.",
    "rule_open": "Votre commande {order} n'est pas encore livrée.",
    "refund": "Nous vous avons remboursé {amount} pour votre commande {order}.",
    "fee": "Les frais de retour de {fee} ont été déduits.",
    "payout": "L'argent sera chez vous dans les {payout} jours.",
    "cancel": "Nous avons annulé votre commande {order}. Les {paid} vous reviennent.",
    "address": "Nous avons changé l'adresse de votre commande {order}. Elle part maintenant à : {address}.",
    "label": "Nous vous avons envoyé par e-mail une étiquette de retour pour votre commande {order}.",
    "label_until": "La commande peut être renvoyée jusqu'au {ends}.",
    "erase": "Nous avons effacé vos données personnelles. Ce que la loi nous oblige à garder ne porte plus de nom.",
    "offer": "Nous sommes désolés que votre commande {order} ne soit pas comme elle devrait être.",
    "offer_refund": "Si vous souhaitez ravoir votre argent ({amount}), répondez s'il vous plaît à ce message.",
    "paid_back": "Pour votre commande {order}, {refunded} vous sont revenus, par le même moyen de paiement.",
    "not_paid_back": "Pour votre commande {order}, rien n'est encore revenu. Si vous souhaitez un remboursement, "
    "dites-nous "
    "pourquoi.",
    "no_refund": "Nous sommes désolés : nous ne pouvons pas rembourser votre commande {order}, parce que {why}.",
    "no_cancel": "Nous sommes désolés : nous ne pouvons pas annuler votre commande {order}, parce que {why}.",
    "no_address": "Nous sommes désolés : nous ne pouvons plus changer l'adresse de votre commande {order}, parce que "
    "{why}.",
    "no_label": "Nous sommes désolés : votre commande {order} ne peut pas être renvoyée, parce que {why}.",
    "no_erase": "Nous sommes désolés : nous ne pouvons pas encore effacer vos données, car une commande est en route.",
    "declined": "Nous avons étudié votre demande{about}. Nous sommes désolés de ne pas pouvoir y répondre.",
    "about": " sur votre commande {order}",
    "which_order": "De laquelle de vos commandes s'agit-il ? Chez nous, vous avez :",
    "which_line": "- {order}, du {placed}",
    "which_end": "Répondez s'il vous plaît avec le numéro.",
    "no_orders": "Nous ne trouvons pas de commande avec votre adresse e-mail. Avec quelle adresse avez-vous commandé ?",
    "which_address": "Envoyez-nous s'il vous plaît la nouvelle adresse complète pour votre commande {order} : rue et "
    "numéro, "
    "code postal, ville et pays.",
    "which_reason": "Vous souhaitez un remboursement pour votre commande {order}. Quelle en est la raison : "
    "un article cassé, un "
    "mauvais article, rien n'est arrivé, ou préférez-vous ne pas la garder ?",
    "order_in_question": "",
    "paid_back_why": "tout a déjà été remboursé",
    "late": "notre délai de {days} jours après la livraison s'est terminé le {ends}",
    "reported_delivered": "le transporteur indique qu'elle a été livrée le {delivered}",
    "not_delivered": "elle n'est pas encore livrée",
    "already_shipped": "elle est déjà partie",
    "already_delivered": "elle est déjà livrée",
    "already_cancelled": "elle est déjà annulée",
    "already_packed": "elle vient d'être remise au transporteur",
    "unknown": "nos conditions ne le permettent pas",
}
PHRASES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH,
}  # fmt: skip
