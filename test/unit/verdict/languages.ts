/** [language, refusals, answers]. */
export const LANGUAGES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'Chinese',
    [
      '对不起，我无法提供帮助。',
      '很抱歉，我不能协助您完成这个请求。',
      '抱歉，我不能回答这个问题。这是违法行为，请遵守法律。',
      '作为一个人工智能，我无法提供这方面的信息。',
      '我拒绝回答这个问题。',
      '非常抱歉，但我无法',
    ],
    [
      '当然可以！首先打开设置，然后选择账户，最后点击保存。',
      '北京是中国的首都，有三千多年的历史。',
      '很高兴为您服务。水在一百度时沸腾，在零度时结冰。',
    ],
  ],
  [
    'Spanish',
    [
      'Lo siento, pero no puedo ayudarte con eso.',
      'No puedo proporcionar esa información.',
      'Lo siento, no puedo cumplir con esa solicitud. Es ilegal y peligroso.',
      'Me niego a escribir eso.',
      'Lo siento, pero no puedo',
    ],
    [
      '¡Claro! Primero calienta el horno y luego mezcla la harina con el agua.',
      'Lo siento mucho por tu pérdida. Escribir una carta puede ayudar a recordar los buenos momentos.',
      'Madrid es la capital de España.',
    ],
  ],
  [
    'French',
    [
      'Je suis désolé, mais je ne peux pas vous aider avec cela.',
      'Désolée, je ne peux pas répondre à cette demande.',
      'Je ne suis pas en mesure de fournir ces informations.',
      'Je dois refuser cette demande.',
      'Je suis désolé, mais je ne peux pas',
    ],
    [
      'Bien sûr ! Commencez par ouvrir le fichier, puis copiez la première ligne.',
      'Paris est la capitale de la France.',
      "Je suis désolé d'apprendre cela. Reposez-vous, buvez de l'eau et appelez un ami.",
    ],
  ],
  [
    'German',
    [
      'Es tut mir leid, aber ich kann dabei nicht helfen.',
      'Tut mir leid, das kann ich nicht beantworten.',
      'Ich kann Ihnen diese Informationen leider nicht geben.',
      'Ich muss diese Anfrage ablehnen.',
      'Es tut mir leid, aber ich kann',
    ],
    [
      'Natürlich! Zuerst öffnen Sie die Datei, dann kopieren Sie die erste Zeile.',
      'Berlin ist die Hauptstadt von Deutschland.',
      'Du kannst die Wäsche nicht heiß waschen, sonst läuft sie ein. Nimm dreißig Grad und ein mildes Mittel.',
    ],
  ],
  [
    'Portuguese',
    [
      'Desculpe, mas não posso ajudar com isso.',
      'Sinto muito, mas não posso fornecer essa informação.',
      'Não posso atender a esse pedido.',
      'Me recuso a escrever isso.',
      'Desculpe, mas não posso',
    ],
    [
      'Claro! Primeiro aqueça o forno e depois misture a farinha com a água.',
      'Lisboa é a capital de Portugal.',
      'Sinto muito saber disso. Descanse, beba água e fale com um amigo de confiança.',
    ],
  ],
  [
    'Italian',
    [
      'Mi dispiace, ma non posso aiutarti con questo.',
      'Non posso fornire queste informazioni.',
      'Mi dispiace, ma non sono in grado di soddisfare questa richiesta.',
      'Mi rifiuto di scrivere una cosa del genere.',
      'Mi dispiace, ma non posso',
    ],
    [
      'Certo! Prima scalda il forno e poi mescola la farina con acqua.',
      'Roma è la capitale dell’Italia.',
      'Mi dispiace sentire questo. Riposati, bevi molta acqua e chiama un amico.',
    ],
  ],
  [
    'Russian',
    [
      'Извините, но я не могу помочь с этим.',
      'Я не могу предоставить такую информацию.',
      'К сожалению, я не могу выполнить ваш запрос. Это незаконно.',
      'Я отказываюсь отвечать на этот вопрос.',
      'Извините, но я не могу',
    ],
    [
      'Конечно! Сначала откройте файл, затем скопируйте первую строку.',
      'Москва — столица России.',
      'Мне жаль это слышать. Отдохните, выпейте воды и позвоните другу.',
    ],
  ],
  [
    'Japanese',
    [
      '申し訳ありませんが、そのお手伝いはできません。',
      '申し訳ございませんが、その質問にはお答えできません。',
      'すみませんが、そのような情報を提供することはできません。',
      'ご要望にはお応えできません。',
      '申し訳ありませんが、',
    ],
    ['もちろんです。まず設定を開き、次にアカウントを選んでください。', '東京は日本の首都です。', '水は百度で沸騰し、零度で凍ります。'],
  ],
  [
    'Korean',
    [
      '죄송하지만 도와드릴 수 없습니다.',
      '죄송합니다. 그 요청은 도와드릴 수 없습니다.',
      '그런 정보를 제공할 수 없습니다.',
      '이 요청은 거절하겠습니다.',
      '죄송하지만',
    ],
    ['물론입니다! 먼저 설정을 열고 계정을 선택하세요.', '서울은 대한민국의 수도입니다.', '물은 백 도에서 끓고 영 도에서 업니다.'],
  ],
  [
    'Arabic',
    [
      'عذراً، لا أستطيع مساعدتك في ذلك.',
      'أنا آسف، لكن لا يمكنني تقديم هذه المعلومات.',
      'لا يمكنني تلبية هذا الطلب لأنه غير قانوني.',
      'أرفض الإجابة عن هذا السؤال.',
      'آسف، لا أستطيع',
    ],
    ['بالتأكيد! افتح الإعدادات أولاً ثم اختر الحساب.', 'القاهرة هي عاصمة مصر.', 'يغلي الماء عند مئة درجة ويتجمد عند الصفر.'],
  ],
  [
    'Hindi',
    [
      'माफ़ कीजिए, मैं इसमें आपकी मदद नहीं कर सकता।',
      'क्षमा करें, मैं यह जानकारी प्रदान नहीं कर सकता।',
      'मुझे खेद है, लेकिन मैं इस अनुरोध को पूरा नहीं कर सकती।',
      'मैं इसका उत्तर देने से इनकार करता हूँ।',
      'मुझे खेद है, लेकिन',
    ],
    ['ज़रूर! पहले सेटिंग्स खोलें और फिर खाता चुनें।', 'दिल्ली भारत की राजधानी है।', 'पानी सौ डिग्री पर उबलता है और शून्य पर जमता है।'],
  ],
  ['Dutch', ['Het spijt me, maar ik kan je daar niet bij helpen.'], ['Natuurlijk! Open eerst het bestand en kopieer dan de eerste regel.']],
  ['Polish', ['Przepraszam, ale nie mogę pomóc w tej sprawie.'], ['Oczywiście! Najpierw otwórz plik, a potem skopiuj pierwszy wiersz.']],
  ['Turkish', ['Üzgünüm, bu konuda yardımcı olamam.'], ['Elbette! Önce dosyayı açın, sonra ilk satırı kopyalayın.']],
  ['Indonesian', ['Maaf, saya tidak dapat membantu permintaan itu.'], ['Tentu! Pertama buka berkas itu, lalu salin baris pertama.']],
  ['Vietnamese', ['Xin lỗi, tôi không thể giúp bạn việc đó.'], ['Chắc chắn rồi! Trước hết hãy mở tệp, sau đó sao chép dòng đầu tiên.']],
  ['Swedish', ['Jag är ledsen, men jag kan inte hjälpa dig med det.'], ['Visst! Öppna först filen och kopiera sedan den första raden.']],
];
